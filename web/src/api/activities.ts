import { activities, answer } from "./client"
import type { NewActivity } from "./types"

const AT = "/api/activities"
const ONE = `${AT}/{activity_id}` as const
const of = (id: string) => ({ path: { activity_id: id } })

export const plan = (body: NewActivity, key: string) =>
  answer(activities.POST(AT, { params: { header: { "Idempotency-Key": key } }, body }))
export const programme = (query: { when?: "upcoming" | "past"; cursor?: string } = {}) =>
  answer(activities.GET(AT, { params: { query } }))
export const mine = (query: { cursor?: string } = {}) => answer(activities.GET(`${AT}/mine`, { params: { query } }))
export const oneActivity = (id: string) => answer(activities.GET(ONE, { params: of(id) }))
export const publish = (id: string) => answer(activities.POST(`${ONE}/publication`, { params: of(id) }))
export const callOff = (id: string, reason: string) =>
  answer(activities.POST(`${ONE}/cancellation`, { params: of(id), body: { reason } }))
export const finish = (id: string) => answer(activities.POST(`${ONE}/completion`, { params: of(id) }))
export const signUp = (id: string) => answer(activities.POST(`${ONE}/sign-ups`, { params: of(id) }))
export const giveUpSeat = (id: string) => answer(activities.DELETE(`${ONE}/sign-ups/mine`, { params: of(id) }))
export const takeOut = (id: string, person: string, reason: string) =>
  answer(
    activities.DELETE(`${ONE}/sign-ups/{person_id}`, {
      params: { path: { activity_id: id, person_id: person }, query: reason ? { reason } : {} },
    }),
  )
export const code = (id: string) => answer(activities.GET(`${ONE}/code`, { params: of(id) }))
export const attend = (id: string, entered: string) =>
  answer(activities.POST(`${ONE}/attendance`, { params: of(id), body: { code: entered } }))
export const attendees = (id: string) => answer(activities.GET(`${ONE}/attendees`, { params: of(id) }))
