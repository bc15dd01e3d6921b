import { answer, done, lean, members } from "./client"
import type { Role } from "./types"

const AT = "/api/members"

export const signIn = (username: string, password: string) => answer(members.POST(`${AT}/sessions`, { body: { username, password } }))
export const signOut = () => done(members.DELETE(`${AT}/sessions/current`))
export const whoAmI = () => answer(members.GET(`${AT}/me`))
export const namesOf = (ids: readonly string[]) => answer(members.GET(`${AT}/names`, { params: { query: { ids: ids.join(",") } } }))
export const placesIn = (query: { parent?: string; type?: "building" | "floor" | "room" | "venue" }) =>
  answer(members.GET(`${AT}/places`, { params: { query } }))
export const people = (query: { q?: string; role?: Role | ""; place?: string; cursor?: string; limit?: number }) =>
  answer(members.GET(`${AT}/people`, { params: { query: lean(query) } }))
export const proposalsFor = (request: string) =>
  answer(members.GET(`${AT}/requests/{request_id}/proposals`, { params: { path: { request_id: request } } }))
export const candidates = (query: { skill?: string; place: string }) => answer(members.GET(`${AT}/helpers`, { params: { query } }))
export const myPoints = () => answer(members.GET(`${AT}/points/mine`))

const XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

/** Sends a table as it is; a dry run only tells what would happen. */
export const importTable = (what: "people" | "places" | "units", dryRun: boolean, file: File) =>
  answer(
    members.POST(`${AT}/imports`, {
      params: { query: { what, dry_run: dryRun } },
      headers: { "Content-Type": file.name.toLowerCase().endsWith(".xlsx") ? XLSX : "text/csv" },
      body: "",
      bodySerializer: () => file,
    }),
  )
