import { call } from "./call"
import type { Activity, NewActivity, Page } from "./types"

const AT = "/api/activities"

export const plan = (body: NewActivity, key: string) => call<Activity>("POST", AT, { body, key })
export const programme = (query: { when?: "upcoming" | "past"; cursor?: string } = {}) =>
  call<Page<Activity>>("GET", AT, { query })
export const mine = () => call<Page<Activity>>("GET", `${AT}/mine`)
export const oneActivity = (id: string) => call<Activity>("GET", `${AT}/${id}`)
export const publish = (id: string) => call<Activity>("POST", `${AT}/${id}/publication`, { body: {} })
export const callOff = (id: string, reason: string) => call<Activity>("POST", `${AT}/${id}/cancellation`, { body: { reason } })
export const finish = (id: string) => call<Activity>("POST", `${AT}/${id}/completion`, { body: {} })
export const signUp = (id: string) => call<Activity>("POST", `${AT}/${id}/sign-ups`, { body: {} })
export const giveUpSeat = (id: string) => call<Activity>("DELETE", `${AT}/${id}/sign-ups/mine`)
export const code = (id: string) => call<{ code: string; valid_until: string }>("GET", `${AT}/${id}/code`)
export const attend = (id: string, entered: string) => call<Activity>("POST", `${AT}/${id}/attendance`, { body: { code: entered } })

export interface Attendee {
  person_id: string
  standing: "seat" | "waiting" | "attended"
  since: string
  attended_at: string | null
}
export const attendees = (id: string) => call<{ items: Attendee[] }>("GET", `${AT}/${id}/attendees`)
