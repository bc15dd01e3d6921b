import { activities, answer, lean, members, reporting, requests } from "./client"
import type { Discarding, Operations, ParkedEvent, ParkedPage, ParkedRow, Replayed } from "./types"

export const SERVICES = ["members", "activities", "requests", "reporting"] as const
export type Service = (typeof SERVICES)[number]

export interface ParkedQuery {
  durable?: string
  discarded?: boolean
  cursor?: string
  limit?: number
}

interface Desk {
  look: () => Promise<Operations>
  list: (query: ParkedQuery) => Promise<ParkedPage>
  one: (id: string) => Promise<ParkedEvent>
  replay: (id: string) => Promise<Replayed>
  discard: (id: string, body: Discarding) => Promise<ParkedRow>
}

const at = (id: string) => ({ params: { path: { parked_id: id } } })

/** The same calls in every service, each typed by that service's own document. */
const DESKS: Readonly<Record<Service, Desk>> = {
  members: {
    look: () => answer(members.GET("/api/members/operations")),
    list: (query) => answer(members.GET("/api/members/parked", { params: { query: lean(query) } })),
    one: (id) => answer(members.GET("/api/members/parked/{parked_id}", at(id))),
    replay: (id) => answer(members.POST("/api/members/parked/{parked_id}/replay", at(id))),
    discard: (id, body) => answer(members.POST("/api/members/parked/{parked_id}/discard", { ...at(id), body })),
  },
  activities: {
    look: () => answer(activities.GET("/api/activities/operations")),
    list: (query) => answer(activities.GET("/api/activities/parked", { params: { query: lean(query) } })),
    one: (id) => answer(activities.GET("/api/activities/parked/{parked_id}", at(id))),
    replay: (id) => answer(activities.POST("/api/activities/parked/{parked_id}/replay", at(id))),
    discard: (id, body) => answer(activities.POST("/api/activities/parked/{parked_id}/discard", { ...at(id), body })),
  },
  requests: {
    look: () => answer(requests.GET("/api/requests/operations")),
    list: (query) => answer(requests.GET("/api/requests/parked", { params: { query: lean(query) } })),
    one: (id) => answer(requests.GET("/api/requests/parked/{parked_id}", at(id))),
    replay: (id) => answer(requests.POST("/api/requests/parked/{parked_id}/replay", at(id))),
    discard: (id, body) => answer(requests.POST("/api/requests/parked/{parked_id}/discard", { ...at(id), body })),
  },
  reporting: {
    look: () => answer(reporting.GET("/api/reporting/operations")),
    list: (query) => answer(reporting.GET("/api/reporting/parked", { params: { query: lean(query) } })),
    one: (id) => answer(reporting.GET("/api/reporting/parked/{parked_id}", at(id))),
    replay: (id) => answer(reporting.POST("/api/reporting/parked/{parked_id}/replay", at(id))),
    discard: (id, body) => answer(reporting.POST("/api/reporting/parked/{parked_id}/discard", { ...at(id), body })),
  },
}

/** The service that a durable, or an event that it parked, belongs to: they are named `<service>-<purpose>`. */
export const serviceOf = (name: string): Service => SERVICES.find((one) => name.startsWith(`${one}-`)) ?? "members"

export const look = (service: Service) => DESKS[service].look()
export const parkedOf = (service: Service, query: ParkedQuery) => DESKS[service].list(query)
export const parkedEvent = (id: string) => DESKS[serviceOf(id)].one(id)
export const replayParked = (id: string) => DESKS[serviceOf(id)].replay(id)
export const discardParked = (id: string, reason: string) => DESKS[serviceOf(id)].discard(id, { reason })
