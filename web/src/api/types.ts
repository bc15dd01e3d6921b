/** What the services answer, by the names that the pages use. The shapes come from the frozen OpenAPI documents. */
import type { components as A } from "./generated/activities"
import type { components as M } from "./generated/members"
import type { components as P } from "./generated/reporting"
import type { components as R } from "./generated/requests"

export type Role = M["schemas"]["Role"]
export type Person = M["schemas"]["MeView"]
export type PersonRow = M["schemas"]["PersonRow"]
export type PersonDetail = M["schemas"]["PersonView"]
export type PersonChanges = M["schemas"]["PersonChangesBody"]
export type NewPerson = Partial<M["schemas"]["PersonBody"]> & Pick<M["schemas"]["PersonBody"], "username" | "name">
export type Return = Partial<M["schemas"]["ReturnBody"]>
export type PersonStage = M["schemas"]["PersonStage"]
export type Unit = M["schemas"]["UnitView"]
export type UnitType = M["schemas"]["UnitType"]
export type NewUnit = M["schemas"]["UnitBody"]
export type Area = M["schemas"]["DutyAreaView"]
export type NewArea = M["schemas"]["DutyAreaBody"]
export type Place = M["schemas"]["PlaceView"]
export type Proposal = M["schemas"]["ProposalView"]
export type Reason = M["schemas"]["ReasonView"]
export type Candidate = M["schemas"]["HelperView"]
export type ImportReport = M["schemas"]["ReportView"]

export type Stage = R["schemas"]["Stage"]
export type Kind = R["schemas"]["Kind"]
export type Need = R["schemas"]["Need"]
export type Category = R["schemas"]["CategoryView"]
export type Channel = R["schemas"]["Channel"]
export type Visibility = R["schemas"]["Visibility"]
export type LegState = R["schemas"]["LegState"]
export type Leg = R["schemas"]["LegView"]
export type LegRow = R["schemas"]["MyLegView"]
export type TimelineEntry = R["schemas"]["EntryView"]
export type RequestView = R["schemas"]["RequestView"]
export type OutsideNews = R["schemas"]["OutsideNewsItem"]
export type NewRequest = R["schemas"]["FilingBody"]
export type WallColumn = R["schemas"]["Column"]
export type WallItem = R["schemas"]["WallItem"]
export type WallPage = R["schemas"]["WallView"]
export type SimilarPage = R["schemas"]["SimilarView"]
export type Verdict = R["schemas"]["ConfirmationBody"]

export type Activity = A["schemas"]["ActivityView"]
export type NewActivity = A["schemas"]["PlanBody"]
export type Attendee = A["schemas"]["AttendeeView"]

export type Board = P["schemas"]["Board"]
export type Figure = P["schemas"]["FigureValue"]
export type FigureId = P["schemas"]["FigureId"]
export type CountId = P["schemas"]["CountId"]
/** What a figure is narrowed to; nothing named is everything. */
export interface Scope {
  building?: string
  floor?: string
  kind?: Kind
  category?: string
  since?: string
  until?: string
}
export type FigureDetail = P["schemas"]["FigureView"]
export type BuildingRow = P["schemas"]["BuildingLine"]
export type FloorRow = P["schemas"]["FloorCell"]
export type RecentRow = P["schemas"]["RecentLine"]
export type Side = P["schemas"]["Side"]

/** The same in every service; here by the document of `members`. */
export type Operations = M["schemas"]["OperationsView"]
export type ParkedRow = M["schemas"]["ParkedRow"]
export type ParkedEvent = M["schemas"]["ParkedView"]
export type ParkedPage = M["schemas"]["Page_ParkedRow_"]
export type Replayed = M["schemas"]["ReplayView"]
export type Discarding = M["schemas"]["DiscardBody"]
