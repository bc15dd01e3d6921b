import { computed, ref } from "vue"
import type { Problem } from "@/api/problem"
import { useProblem } from "./useProblem"

/** Gives commands to a service: tells that one is under way, and which; says what was refused, also of a field. */
export function useCommand() {
  const { toastProblem, at } = useProblem()
  const running = ref("")
  /** Does the work; returns why it was refused, or null when it is done. */
  async function run(work: () => Promise<unknown>, name = "command"): Promise<Problem | null> {
    running.value = name
    try {
      await work()
      return null
    } catch (thrown) {
      return toastProblem(thrown)
    } finally {
      running.value = ""
    }
  }
  return { running, busy: computed(() => running.value !== ""), run, at }
}
