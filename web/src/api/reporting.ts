import { call } from "./call"
import type { Board, FigureDetail, RecordRow } from "./types"

const AT = "/api/reporting"

export const LIVE_BOARD = `${AT}/boards/community/live`
export const board = () => call<Board>("GET", `${AT}/boards/community`)
export const figure = (id: string, building?: string) =>
  call<FigureDetail>("GET", `${AT}/figures/${id}`, { query: { building } })
export type Side = "numerator" | "denominator"
export interface Records {
  items: RecordRow[]
  hidden: number
  next_cursor: string | null
}
export const records = (id: string, side: Side, query: { building?: string; cursor?: string; limit?: number }) =>
  call<Records>("GET", `${AT}/figures/${id}/records`, { query: { side, ...query } })
