import { answer, reporting } from "./client"
import type { CountId, FigureId, Scope, Side } from "./types"

const AT = "/api/reporting"
const FIGURE = `${AT}/figures/{figure_id}` as const

export const LIVE_BOARD = `${AT}/boards/community/live`
export const figures = () => answer(reporting.GET(`${AT}/figures`))
export const figure = (id: FigureId | CountId, scope: Scope) =>
  answer(reporting.GET(FIGURE, { params: { path: { figure_id: id }, query: scope } }))
export const records = (id: FigureId | CountId, side: Side, query: Scope & { cursor?: string; limit?: number }) =>
  answer(reporting.GET(`${FIGURE}/records`, { params: { path: { figure_id: id }, query: { side, ...query } } }))
