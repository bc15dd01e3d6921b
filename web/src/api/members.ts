import { answer, done, lean, members } from "./client"
import type { NewArea, NewPerson, NewUnit, PersonChanges, Return, Role } from "./types"

const AT = "/api/members"

export const signIn = (username: string, password: string) =>
  answer(members.POST(`${AT}/sessions`, { body: { username, password } }))
export const signOut = () => done(members.DELETE(`${AT}/sessions/current`))
export const whoAmI = () => answer(members.GET(`${AT}/me`))
export const namesOf = (ids: readonly string[]) =>
  answer(members.GET(`${AT}/names`, { params: { query: { ids: ids.join(",") } } }))
export const placesIn = (query: { parent?: string; type?: "campus" | "building" | "floor" | "room" | "venue" }) =>
  answer(members.GET(`${AT}/places`, { params: { query } }))
export const people = (query: {
  q?: string
  role?: Role | ""
  place?: string
  gone?: boolean
  cursor?: string
  limit?: number
}) => answer(members.GET(`${AT}/people`, { params: { query: lean(query) } }))
const PERSON = `${AT}/people/{person_id}` as const
export const onePerson = (id: string) => answer(members.GET(PERSON, { params: { path: { person_id: id } } }))
export const revise = (id: string, version: number, body: PersonChanges) =>
  answer(
    members.PATCH(PERSON, {
      params: { path: { person_id: id }, header: { "If-Match": `"${String(version)}"` } },
      body,
    }),
  )
export const addPerson = (body: NewPerson, key: string) =>
  answer(members.POST(`${AT}/people`, { params: { header: { "Idempotency-Key": key } }, body }))
const of = (id: string) => ({ params: { path: { person_id: id } } })
export const depart = (id: string) => answer(members.POST(`${PERSON}/departure`, of(id)))
export const giveBack = (id: string, body: Return) => answer(members.POST(`${PERSON}/return`, { ...of(id), body }))
export const suspend = (id: string) => answer(members.POST(`${PERSON}/suspension`, of(id)))
export const reinstate = (id: string) => answer(members.POST(`${PERSON}/reinstatement`, of(id)))
export const setPassword = (id: string, password: string) =>
  answer(members.POST(`${PERSON}/password`, { ...of(id), body: { password } }))
/** Replaces one's own password; this session goes on with the cookie of the answer. */
export const changePassword = (old_password: string, new_password: string) =>
  answer(members.POST(`${AT}/me/password`, { body: { old_password, new_password } }))
/** Has the session's token signed anew, as the ledger has the person now. */
export const renewSession = () => answer(members.POST(`${AT}/sessions/current/renewal`))
export const units = () => answer(members.GET(`${AT}/units`))
export const formUnit = (body: NewUnit, key: string) =>
  answer(members.POST(`${AT}/units`, { params: { header: { "Idempotency-Key": key } }, body }))
export const dutyAreas = () => answer(members.GET(`${AT}/duty-areas`))
export const assignArea = (body: NewArea, key: string) =>
  answer(members.POST(`${AT}/duty-areas`, { params: { header: { "Idempotency-Key": key } }, body }))
export const releaseArea = (id: string) =>
  done(members.DELETE(`${AT}/duty-areas/{area_id}`, { params: { path: { area_id: id } } }))
export const proposalsFor = (request: string) =>
  answer(members.GET(`${AT}/requests/{request_id}/proposals`, { params: { path: { request_id: request } } }))
export const candidates = (query: { skill?: string; place: string }) =>
  answer(members.GET(`${AT}/helpers`, { params: { query } }))
export const myPoints = () => answer(members.GET(`${AT}/points/mine`))

const XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

/** What a file may hold. */
export type Imported = "people" | "places" | "units"

/** Where the template of a kind of file is, in the language of the page. */
export const templateOf = (what: Imported, form: "csv" | "xlsx", locale: string): string =>
  `${AT}/imports/template?what=${what}&form=${form}&language=${locale === "en" ? "en" : "zh"}`

/** Sends a table as it is; a dry run only tells what would happen. */
export const importTable = (what: Imported, dryRun: boolean, file: File) =>
  answer(
    members.POST(`${AT}/imports`, {
      params: { query: { what, dry_run: dryRun } },
      headers: { "Content-Type": file.name.toLowerCase().endsWith(".xlsx") ? XLSX : "text/csv" },
      body: "",
      bodySerializer: () => file,
    }),
  )
