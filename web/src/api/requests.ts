import { call } from "./call"
import type { Category, LegRow, NewRequest, Page, RequestView } from "./types"

const AT = "/api/requests"

export const categories = () => call<{ items: Category[] }>("GET", `${AT}/categories`)
export const fileRequest = (body: NewRequest, key: string) => call<RequestView>("POST", AT, { body, key })
export const myRequests = (query: { cursor?: string; limit?: number } = {}) =>
  call<Page<RequestView>>("GET", `${AT}/mine`, { query })
export const myLegs = (query: { state?: "active" | "all"; cursor?: string; limit?: number } = {}) =>
  call<Page<LegRow>>("GET", `${AT}/my-legs`, { query })
export const oneRequest = (id: string) => call<RequestView>("GET", `${AT}/${id}`)

export type QueueFilter = {
  stage?: string
  category?: string
  kind?: string
  building?: string
  needs?: string
  overdue?: boolean
  q?: string
  cursor?: string
  limit?: number
}
export interface Queue extends Page<RequestView> {
  counts?: Record<string, number>
}
export const queue = (query: QueueFilter, signal?: AbortSignal) => call<Queue>("GET", `${AT}/queue`, { query, ...(signal ? { signal } : {}) })

/** Gives one command to a request; `path` is what follows the request's id. */
const command = (id: string, path: string, body: unknown, version?: number) =>
  call<RequestView>("POST", `${AT}/${id}/${path}`, { body, ...(version === undefined ? {} : { version }) })

export const cancel = (id: string, reason?: string) => command(id, "cancellation", reason ? { reason } : {})
export interface Verdict {
  solved: boolean
  stars?: number
  comment?: string
}
export const confirm = (id: string, verdict: Verdict) => command(id, "confirmation", verdict)
export const rate = (id: string, stars: number, comment: string) => command(id, "rating", { stars, comment })
export const reopen = (id: string, reason: string) => command(id, "reopening", { reason })

export const triage = (id: string, body: { category?: string; urgent?: boolean }, version: number) => command(id, "triage", body, version)
export const reject = (id: string, reason: string, alternative: string, version: number) =>
  command(id, "rejection", { reason, alternative }, version)
export const hold = (id: string, reason: string, forRequester: boolean, version: number) =>
  command(id, "hold", { reason, for_requester: forRequester }, version)
export const resume = (id: string, version: number) => command(id, "resumption", {}, version)
export const contact = (id: string, note: string) => command(id, "contact", { note })
export const addLeg = (id: string, kind: "helper" | "outside", skill?: string) => command(id, "legs", skill ? { kind, skill } : { kind })
export const assign = (id: string, leg: string, helper: string) => command(id, `legs/${leg}/assignment`, { helper_id: helper })

export const accept = (id: string, leg: string) => command(id, `legs/${leg}/acceptance`, {})
export const decline = (id: string, leg: string, reason?: string) => command(id, `legs/${leg}/decline`, reason ? { reason } : {})
export const start = (id: string, leg: string) => command(id, `legs/${leg}/start`, {})
export const complete = (id: string, leg: string, note?: string) => command(id, `legs/${leg}/completion`, note ? { note } : {})
