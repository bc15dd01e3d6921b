import { answer, lean, requests } from "./client"
import type { Kind, Need, NewRequest, Stage, Verdict, WallColumn } from "./types"

const AT = "/api/requests"
const ONE = `${AT}/{request_id}` as const
const LEG = `${ONE}/legs/{leg_id}` as const

export const categories = () => answer(requests.GET(`${AT}/categories`))
export const fileRequest = (body: NewRequest, key: string) =>
  answer(requests.POST(AT, { params: { header: { "Idempotency-Key": key } }, body }))
export const myRequests = (query: { cursor?: string; limit?: number } = {}) =>
  answer(requests.GET(`${AT}/mine`, { params: { query } }))
export const myLegs = (query: { state?: "active" | "all"; cursor?: string; limit?: number } = {}) =>
  answer(requests.GET(`${AT}/my-legs`, { params: { query } }))
export interface WallQuery {
  column: WallColumn
  building?: string
  cursor?: string
  limit?: number
}
export const wall = (query: WallQuery) => answer(requests.GET(`${AT}/wall`, { params: { query: lean(query) } }))
export const similarRequests = (category: string, place: string) =>
  answer(requests.GET(`${AT}/similar`, { params: { query: { category, place } } }))
export const oneRequest = (id: string) => answer(requests.GET(ONE, { params: { path: { request_id: id } } }))

export interface QueueFilter {
  stage?: Stage | ""
  category?: string
  kind?: Kind | ""
  building?: string
  needs?: Need | ""
  overdue?: boolean
  q?: string
  person?: string[]
  cursor?: string
  limit?: number
}
export const queue = ({ stage, person, ...rest }: QueueFilter) =>
  answer(
    requests.GET(`${AT}/queue`, {
      params: { query: { ...lean(rest), ...(stage ? { stage: [stage] } : {}), ...(person?.length ? { person } : {}) } },
    }),
  )

const of = (id: string, version?: number) => ({
  path: { request_id: id },
  ...(version === undefined ? {} : { header: { "If-Match": `"${String(version)}"` } }),
})
const keyed = (id: string, key: string) => ({ path: { request_id: id }, header: { "Idempotency-Key": key } })
const ofLeg = (id: string, leg: string) => ({ path: { request_id: id, leg_id: leg } })

export const cancel = (id: string, reason: string) =>
  answer(requests.POST(`${ONE}/cancellation`, { params: of(id), body: reason ? { reason } : {} }))
export const confirm = (id: string, verdict: Verdict) =>
  answer(requests.POST(`${ONE}/confirmation`, { params: of(id), body: verdict }))
export const rate = (id: string, stars: number, comment: string) =>
  answer(requests.POST(`${ONE}/rating`, { params: of(id), body: comment ? { stars, comment } : { stars } }))
export const reopen = (id: string, reason: string) =>
  answer(requests.POST(`${ONE}/reopening`, { params: of(id), body: { reason } }))

export const triage = (id: string, body: { category: string; urgent: boolean }, version: number) =>
  answer(requests.POST(`${ONE}/triage`, { params: of(id, version), body }))
export const reject = (id: string, reason: string, alternative: string, version: number) =>
  answer(requests.POST(`${ONE}/rejection`, { params: of(id, version), body: { reason, alternative } }))
export const hold = (id: string, reason: string, forRequester: boolean, version: number) =>
  answer(requests.POST(`${ONE}/hold`, { params: of(id, version), body: { reason, for_requester: forRequester } }))
export const resume = (id: string, version: number) =>
  answer(requests.POST(`${ONE}/resumption`, { params: of(id, version) }))
export const contact = (id: string, note: string, key: string) =>
  answer(requests.POST(`${ONE}/contact`, { params: keyed(id, key), body: { note } }))
export const addLeg = (id: string, kind: "helper" | "outside", skill: string, key: string) =>
  answer(requests.POST(`${ONE}/legs`, { params: keyed(id, key), body: skill ? { kind, skill } : { kind } }))
export const assign = (id: string, leg: string, helper: string) =>
  answer(requests.POST(`${LEG}/assignment`, { params: ofLeg(id, leg), body: { helper_id: helper } }))

export const withdrawLeg = (id: string, leg: string, reason: string) =>
  answer(requests.POST(`${LEG}/withdrawal`, { params: ofLeg(id, leg), body: { reason } }))

export const acknowledgeOutside = (id: string, leg: string, note: string) =>
  answer(requests.POST(`${LEG}/outside-acknowledgement`, { params: ofLeg(id, leg), body: { note } }))

export const outsideNews = (query: { cursor?: string; limit?: number } = {}) =>
  answer(requests.GET(`${AT}/outside-news`, { params: { query: lean(query) } }))
export const settleNews = (id: string) =>
  answer(requests.POST(`${AT}/outside-news/{news_id}/settlement`, { params: { path: { news_id: id } } }))

export const claim = (id: string, leg: string) => answer(requests.POST(`${LEG}/claim`, { params: ofLeg(id, leg) }))
export const accept = (id: string, leg: string) =>
  answer(requests.POST(`${LEG}/acceptance`, { params: ofLeg(id, leg) }))
export const decline = (id: string, leg: string) =>
  answer(requests.POST(`${LEG}/decline`, { params: ofLeg(id, leg), body: {} }))
export const release = (id: string, leg: string, reason: string) =>
  answer(requests.POST(`${LEG}/release`, { params: ofLeg(id, leg), body: { reason } }))
export const report = (id: string, leg: string, note: string) =>
  answer(requests.POST(`${LEG}/progress`, { params: ofLeg(id, leg), body: { note } }))
export const start = (id: string, leg: string) => answer(requests.POST(`${LEG}/start`, { params: ofLeg(id, leg) }))
export const complete = (id: string, leg: string, note: string) =>
  answer(requests.POST(`${LEG}/completion`, { params: ofLeg(id, leg), body: note ? { note } : {} }))
