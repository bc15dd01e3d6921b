import { computed, ref, shallowRef, watch } from "vue"
import { useQuery } from "./useQuery"
import { useProblem } from "./useProblem"
import { usePolling } from "./usePolling"

interface Page {
  items: readonly unknown[]
  next_cursor?: string | null
}

/**
 * Loads a list page by page. Every so many seconds the first page is loaded again, unless somebody has gone on to more;
 * what comes for another first page than the one that is shown is dropped.
 */
export function usePagedQuery<P extends Page>(ask: (from: { cursor?: string }) => Promise<P>, every?: number) {
  const { toastProblem } = useProblem()
  const first = useQuery(() => ask({}))
  const rest = shallowRef<readonly P["items"][number][]>([])
  const cursor = ref<string | null>(null)
  watch(first.data, (page) => {
    rest.value = []
    cursor.value = page?.next_cursor ?? null
  })
  async function next(): Promise<void> {
    const [page, from] = [first.data.value, cursor.value]
    if (!from) return
    try {
      const found = await ask({ cursor: from })
      if (page !== first.data.value || from !== cursor.value) return
      rest.value = [...rest.value, ...found.items]
      cursor.value = found.next_cursor ?? null
    } catch (thrown) {
      toastProblem(thrown)
    }
  }
  if (every)
    usePolling(every, () => {
      if (rest.value.length === 0) void first.refetch()
    })
  return {
    ...first,
    rows: computed(() => [...(first.data.value?.items ?? []), ...rest.value] as P["items"][number][]),
    more: computed(() => cursor.value !== null),
    next,
  }
}
