import { reactive, watch } from "vue"
import { newKey } from "@/api/key"
import type { Category, NewRequest } from "@/api/types"

export interface Draft {
  key: string
  category: string
  title: string
  text: string
  place: string | null
  urgent: boolean
  /** Whether it may hang on the wall, if it is of a kind that does. */
  wall: boolean
}

const at = (owner: string) => `yizhan.draft.${owner}`
const empty = (place: string | null): Draft => ({ key: newKey(), category: "", title: "", text: "", place, urgent: false, wall: true })

function left(owner: string): Partial<Draft> {
  try {
    return JSON.parse(localStorage.getItem(at(owner)) ?? "{}") as Partial<Draft>
  } catch {
    return {}
  }
}

/** Where the person comes from, if not from their own list: a room's code, or the wall. */
export type Door = "room_qr" | "wall" | null

/** What is filed, now or when the network is back; what hangs on the wall unless told otherwise is `wallable`. */
export function formOf({ category, title, text, place, urgent, wall }: Draft, door: Door, wallable: boolean): NewRequest {
  return {
    category, title: title.trim(), text: text.trim(),
    ...(place ? { place } : {}), ...(urgent ? { urgent } : {}), ...(door ? { channel: door } : {}),
    ...(wallable && !wall ? { visibility: "private" } : {}),
  }
}

/** Whether requests of this category hang on the wall. */
export function hangsOnWall(category: Pick<Category, "kind" | "visibility"> | null): boolean {
  return category !== null && ["wish", "study"].includes(category.kind) && ["public", "masked"].includes(category.visibility)
}

/** The form as it was left. Its key stays the same, whatever happens on the way, until `done` says that it was filed. */
export function useDraft(owner: string, place: string | null) {
  const draft = reactive<Draft>({ ...empty(place), ...left(owner) })
  watch(draft, () => { localStorage.setItem(at(owner), JSON.stringify(draft)) }, { flush: "sync" })
  localStorage.setItem(at(owner), JSON.stringify(draft))
  const done = () => {
    Object.assign(draft, empty(place))
    localStorage.removeItem(at(owner))
  }
  return { draft, done }
}
