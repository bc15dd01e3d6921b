import { call } from "./call"
import type { Candidate, Page, Person, PersonRow, Place, PointsEntry, Proposal } from "./types"

const AT = "/api/members"

export const signIn = (username: string, password: string) =>
  call<{ person: Person; expires_at: string }>("POST", `${AT}/sessions`, { body: { username, password } })
export const signOut = () => call<undefined>("DELETE", `${AT}/sessions/current`)
export const whoAmI = () => call<Person>("GET", `${AT}/me`)
export const namesOf = (ids: readonly string[]) =>
  call<{ names: Record<string, string> }>("GET", `${AT}/names`, { query: { ids: ids.join(",") } })
export const placesIn = (query: { parent?: string; type?: string }) =>
  call<{ items: Place[] }>("GET", `${AT}/places`, { query })
export const people = (query: { q?: string; role?: string; place?: string; cursor?: string; limit?: number }) =>
  call<Page<PersonRow>>("GET", `${AT}/people`, { query })
export const proposalsFor = (request: string) =>
  call<{ items: Proposal[] }>("GET", `${AT}/requests/${request}/proposals`)
export const candidates = (query: { skill?: string; place?: string }) =>
  call<{ items: Candidate[] }>("GET", `${AT}/helpers`, { query })
export const myPoints = () => call<{ balance: number; entries: PointsEntry[] }>("GET", `${AT}/points/mine`)

export interface ImportReport {
  dry_run: boolean
  rows: number
  created: number
  updated: number
  unchanged: number
  errors: { row: number; column: string; code: string; message: string }[]
}

const XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

export const importTable = (what: "people" | "places", dryRun: boolean, file: File) =>
  call<ImportReport>("POST", `${AT}/imports`, {
    query: { what, dry_run: dryRun ? "true" : "false" },
    raw: { body: file, type: file.name.toLowerCase().endsWith(".xlsx") ? XLSX : "text/csv" },
  })
