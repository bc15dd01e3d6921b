import { ref, shallowRef, type Ref, type ShallowRef } from "vue"
import { asProblem, type Problem } from "@/api/problem"
import { usePolling } from "./usePolling"

export interface Query<T> {
  data: ShallowRef<T | null>
  problem: ShallowRef<Problem | null>
  loading: Ref<boolean>
  refetch: () => Promise<void>
}

/**
 * Loads something for a page, at once, and `every` so many seconds again. While it is loaded again, and when that fails,
 * the last answer stays.
 */
export function useQuery<T>(ask: () => Promise<T>, { once = true, every = 0 } = {}): Query<T> {
  const data = shallowRef<T | null>(null)
  const problem = shallowRef<Problem | null>(null)
  const loading = ref(false)
  let latest = 0
  const refetch = async (): Promise<void> => {
    latest += 1
    const mine = latest
    loading.value = true
    try {
      const answer = await ask()
      if (mine !== latest) return
      data.value = answer
      problem.value = null
    } catch (thrown) {
      if (mine === latest) problem.value = asProblem(thrown)
    } finally {
      if (mine === latest) loading.value = false
    }
  }
  if (once) void refetch()
  if (every) usePolling(every, refetch)
  return { data, problem, loading, refetch }
}
