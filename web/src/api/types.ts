/** What the services answer, in the words of the API. */

export type Role =
  | "student" | "helper" | "desk" | "secretary" | "counsellor" | "leader" | "logistics" | "admin"

export interface Person {
  id: string
  name: string
  roles: Role[]
  place: string | null
  place_name?: string | null
  units: string[]
}

export interface PersonRow extends Person {
  username: string
  skills: string[]
  reachable: boolean
  party_member: boolean
  load: number
  version: number
}

export interface Page<T> {
  items: T[]
  next_cursor: string | null
}

export interface Place {
  id: string
  type: "campus" | "building" | "floor" | "room" | "venue"
  name: string
  name_en?: string | null
  parent: string | null
  capacity?: number | null
}

export type Stage =
  | "submitted" | "triaged" | "matching" | "assigned" | "in_progress" | "on_hold" | "resolved"
  | "closed_confirmed" | "closed_unconfirmed" | "cancelled" | "rejected" | "merged" | "unresolvable"

export type Kind = "wish" | "repair" | "study" | "quarrel" | "counsel" | "suggestion"
export type Lane = "helper" | "outside" | "sealed"

export interface Category {
  id: string
  kind: Kind
  name_zh: string
  name_en: string
  lane: Lane
  skill: string | null
  resolve_hours: number
}

export type LegState =
  | "open" | "offered" | "accepted" | "started" | "done" | "verified" | "dropped" | "no_show" | "handed_back" | "failed"
  | "queued" | "sent" | "token_wait" | "acked" | "remote_open" | "remote_closed" | "send_failed" | "remote_stale"

export interface Leg {
  id: string
  kind: "helper" | "outside"
  state: LegState
  round: number
  skill: string | null
  helper_id: string | null
  offer_expires_at: string | null
  system: string | null
  remote_id: string | null
  remote_status: string | null
  note: string | null
}

export interface Rating {
  solved: boolean
  stars: number | null
  comment: string | null
  revision: number
  editable_until: string | null
}

export interface TimelineEntry {
  at: string
  code: string
  actor: string | null
  params: Record<string, unknown>
}

export interface RequestView {
  id: string
  version: number
  stage: Stage
  kind: Kind
  category: string
  title: string
  text: string
  place: string
  channel: string
  visibility: "public" | "masked" | "private" | "sealed"
  urgent: boolean
  requester_id: string
  filed_by_id: string
  filed_at: string
  first_contact_at: string | null
  resolve_due_at: string | null
  resolved_at: string | null
  confirm_due_at: string | null
  closed_at: string | null
  outcome: "confirmed" | "unconfirmed" | null
  legs: Leg[]
  rating: Rating | null
  timeline: TimelineEntry[]
  may: string[]
  needs: string[]
}

export interface LegRow extends Leg {
  request: RequestView
}

export interface NewRequest {
  category: string
  title: string
  text: string
  place?: string
  urgent?: boolean
  requester_id?: string
  channel?: string
  visibility?: string
}

export interface Reason {
  code: string
  weight: number
  value: number
}

export interface Proposal {
  leg_id: string
  round: number
  helper_id: string | null
  score: number
  considered: number
  reasons: Reason[]
  why: Record<string, number> | null
  at: string
}

export interface Candidate {
  helper_id: string
  name?: string
  score: number
  load?: number
  reasons: Reason[]
}

export interface PointsEntry {
  id: string
  points: number
  rule: string
  source: string
  source_id: string
  at: string
  reverses: string | null
}

export interface Activity {
  id: string
  version: number
  stage: "planned" | "published" | "completed" | "cancelled"
  title: string
  category: string
  description: string | null
  starts_at: string
  ends_at: string
  place: string
  capacity: number
  points: number
  organiser_id: string
  seats_taken: number
  waiting: number
  mine: "none" | "seat" | "waiting" | "attended"
  waiting_position: number | null
  may: string[]
}

export interface NewActivity {
  title: string
  category: string
  description?: string
  starts_at: string
  ends_at: string
  place: string
  capacity: number
  points: number
}

export interface Figure {
  id: string
  value: number | null
  unit: string
  numerator: number | null
  denominator: number | null
  baseline?: number | null
}

export interface BuildingRow {
  key: string
  name: string
  filed: number
  open: number
  overdue?: number
  resolved: number
  coverage: number | null
  occupied_rooms?: number
  covered_rooms?: number
  first_contact_median?: number | null
  resolution_rate?: number | null
  satisfaction?: number | null
}

export interface FloorRow {
  place: string
  building: string
  floor: string
  open: number
  overdue: number
  occupied_rooms?: number
  covered_rooms?: number
  covered: boolean
}

export interface RecentRow {
  at: string
  code: string
  request_id: string
  kind: string
  category: string
  place: string
  stage: string
}

export interface Board {
  as_of: string
  seq: number
  events: number
  generation: number
  totals: Record<string, number>
  figures: Figure[]
  by_stage: { key: string; count: number }[]
  by_kind: { key: string; count: number; open: number }[]
  by_category: { key: string; count: number; open: number }[]
  by_building: BuildingRow[]
  floors: FloorRow[]
  trend: { hour: string; filed: number; resolved: number }[]
  pulse?: { minute: string; filed: number; resolved: number }[]
  recent: RecentRow[]
  activities: Record<string, number>
}

export interface RecordPage {
  items: string[]
  hidden: number
  next_cursor: string | null
}

export interface FigureDetail extends Figure {
  name_zh: string
  name_en: string
  formula_zh: string
  formula_en: string
  records: string
  response_rate: number | null
  as_of: string
  numerator_ids: RecordPage
  denominator_ids: RecordPage
}

export interface RecordRow {
  id: string
  measure: number | null
  place: string | null
  stage: string | null
}
