import { ref, shallowRef } from "vue"
import { parkedOf, serviceOf, SERVICES, type Service } from "@/api/operations"
import { asProblem, type Problem } from "@/api/problem"
import type { ParkedRow } from "@/api/types"

const PAGE = 30

/** Newest first; of two parked in the same moment, as the services list them. */
export const latestFirst = (rows: readonly ParkedRow[]): ParkedRow[] =>
  [...rows].sort((one, other) => other.parked_at.localeCompare(one.parked_at) || other.id.localeCompare(one.id))

/** The parked events of all services as one list, page by page; services that do not answer are named. */
export function useParked() {
  const rows = shallowRef<ParkedRow[]>([])
  const missing = shallowRef<Service[]>([])
  const problem = shallowRef<Problem | null>(null)
  const loading = ref(false)
  const more = ref(false)
  let cursors = new Map<Service, string>()
  let latest = 0

  async function fetch(
    services: readonly Service[],
    durable: string,
    discarded: boolean,
    fresh: boolean,
  ): Promise<void> {
    latest += 1
    const mine = latest
    loading.value = true
    const from = fresh ? new Map<Service, string>() : cursors
    const answers = await Promise.allSettled(
      services.map((one) =>
        parkedOf(one, { durable, discarded, limit: PAGE, ...(from.has(one) ? { cursor: from.get(one) ?? "" } : {}) }),
      ),
    )
    if (mine !== latest) return
    const next = new Map<Service, string>()
    const found: ParkedRow[] = fresh ? [] : [...rows.value]
    const silent: Service[] = []
    let fault: Problem | null = null
    answers.forEach((answer, at) => {
      const service = services[at]
      if (!service) return
      if (answer.status === "rejected") {
        silent.push(service)
        fault = asProblem(answer.reason)
        return
      }
      found.push(...answer.value.items)
      if (answer.value.next_cursor) next.set(service, answer.value.next_cursor)
    })
    cursors = next
    rows.value = latestFirst([...new Map(found.map((row) => [row.id, row])).values()])
    missing.value = silent
    problem.value = silent.length === services.length ? fault : null
    more.value = next.size > 0
    loading.value = false
  }

  const list = (durable: string, discarded: boolean) =>
    fetch(durable ? [serviceOf(durable)] : SERVICES, durable, discarded, true)
  const next = (durable: string, discarded: boolean) => fetch([...cursors.keys()], durable, discarded, false)
  return { rows, missing, problem, loading, more, list, next }
}
