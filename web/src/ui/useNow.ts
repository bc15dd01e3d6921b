import { onScopeDispose, ref } from "vue"

/** The time, moving on every `seconds`. */
export function useNow(seconds = 30) {
  const now = ref(new Date())
  const tick = setInterval(() => { now.value = new Date() }, seconds * 1000)
  onScopeDispose(() => { clearInterval(tick) })
  return now
}
