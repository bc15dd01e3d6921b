import type { WallQuery } from "@/api/requests"
import type { WallItem, WallPage } from "@/api/types"

const MOST = 100

/** The building of a place, or null for whoever lives in none that is known. */
export function buildingOf(place: string | null | undefined): string | null {
  const parts = place?.split(".") ?? []
  return parts.length > 2 ? parts.slice(0, 2).join(".") : null
}

/** A count as it is shown; the service counts no further than a thousand. */
export const shortCount = (count: number) => (count < 1000 ? String(count) : "999+")

export interface Column {
  items: WallItem[]
  counts: WallPage["counts"]
  more: boolean
}

/** Reads a column from its top down to so many cards: read again, a list that somebody scrolled down stays as long. */
export async function readColumn(
  ask: (query: WallQuery) => Promise<WallPage>,
  query: WallQuery,
  wanted: number,
): Promise<Column> {
  const first = await ask({ ...query, limit: Math.min(MOST, wanted) })
  const items = [...first.items]
  let cursor = first.next_cursor
  while (cursor && items.length < wanted) {
    const page = await ask({ ...query, cursor, limit: Math.min(MOST, wanted - items.length) })
    items.push(...page.items)
    cursor = page.next_cursor
  }
  return { items, counts: first.counts, more: cursor !== null }
}
