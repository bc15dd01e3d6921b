import { computed, reactive, ref } from "vue"
import { look, SERVICES, type Service } from "@/api/operations"
import { asProblem, type Problem } from "@/api/problem"
import type { Operations } from "@/api/types"
import { serverNow } from "@/live/campus"
import { usePolling } from "@/ui/usePolling"

export interface Seen {
  /** The last answer; it stays while the service does not answer. */
  view: Operations | null
  problem: Problem | null
}

const EVERY_SECONDS = 10

/** How every service is, looked at again and again while the page is in view. */
export function useServices() {
  const seen = reactive(
    Object.fromEntries(SERVICES.map((one) => [one, { view: null, problem: null }])) as unknown as Record<Service, Seen>,
  )
  const asOf = ref<Date | null>(null)
  async function lookAt(service: Service): Promise<void> {
    try {
      seen[service] = { view: await look(service), problem: null }
    } catch (thrown) {
      seen[service] = { view: seen[service].view, problem: asProblem(thrown) }
    }
  }
  async function refetch(): Promise<void> {
    await Promise.all(SERVICES.map(lookAt))
    asOf.value = new Date(serverNow())
  }
  usePolling(EVERY_SECONDS, refetch)
  void refetch()
  /** Durables with something parked, the fullest first. */
  const parked = computed(() =>
    SERVICES.flatMap((one) => seen[one].view?.durables ?? [])
      .filter((durable) => durable.parked > 0)
      .sort((one, other) => other.parked - one.parked || one.name.localeCompare(other.name)),
  )
  return { seen, asOf, refetch, parked }
}
