import { answer, reporting } from "./client"
import type { FigureId, Side } from "./types"

const AT = "/api/reporting"
const FIGURE = `${AT}/figures/{figure_id}` as const

export const LIVE_BOARD = `${AT}/boards/community/live`
export const figure = (id: FigureId, building?: string) =>
  answer(reporting.GET(FIGURE, { params: { path: { figure_id: id }, query: building ? { building } : {} } }))
export const records = (id: FigureId, side: Side, query: { building?: string; cursor?: string; limit?: number }) =>
  answer(reporting.GET(`${FIGURE}/records`, { params: { path: { figure_id: id }, query: { side, ...query } } }))
