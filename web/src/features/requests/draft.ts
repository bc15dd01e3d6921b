import { getCurrentScope, onScopeDispose, reactive, ref, watch, type Ref } from "vue"
import { newIdempotencyKey } from "@/api/idempotencyKey"
import type { Category, NewRequest } from "@/api/types"
import { serverNow } from "@/live/campus"

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

/** A draft that a tab left behind, found again in another. */
export interface Leftover {
  id: string
  title: string
  text: string
  at: number
}

const BASE = "yizhan.draft"
const TAB = "yizhan.draft.tab"
const at = (owner: string, id: string) => (id ? `${BASE}.${owner}.${id}` : `${BASE}.${owner}`)
const lockOf = (owner: string, id: string) => `${BASE}.${owner}.${id}`
const empty = (place: string | null): Draft => ({
  key: newIdempotencyKey(),
  category: "",
  title: "",
  text: "",
  place,
  urgent: false,
  wall: true,
})
const blank = (draft: Partial<Draft>): boolean => !draft.title?.trim() && !draft.text?.trim()

/**
 * Who may read what is written: `open` hangs on a wall or may be told by nobody's name; `private` is for its handlers,
 * and so is what has no category yet; `sealed` is for two readers alone.
 */
export type Guard = "open" | "private" | "sealed"

type Kept = Partial<Draft> & { at?: number; open?: boolean }

function parsed(raw: string | null): Kept | null {
  try {
    const kept: unknown = JSON.parse(raw ?? "null")
    return typeof kept === "object" && kept !== null ? kept : null
  } catch {
    return null
  }
}
const read = (owner: string, id: string): Kept | null =>
  parsed(sessionStorage.getItem(at(owner, id))) ?? parsed(localStorage.getItem(at(owner, id)))

function forget(owner: string, id: string): void {
  localStorage.removeItem(at(owner, id))
  sessionStorage.removeItem(at(owner, id))
}

/**
 * Keeps a draft for the next time. What is sealed stays in its tab and is gone with it; signing out leaves only what is
 * open.
 */
function write(owner: string, id: string, draft: Draft, guard: Guard): void {
  const [keep, other] = guard === "sealed" ? [sessionStorage, localStorage] : [localStorage, sessionStorage]
  other.removeItem(at(owner, id))
  if (blank(draft) && draft.category === "") {
    keep.removeItem(at(owner, id))
    return
  }
  try {
    keep.setItem(at(owner, id), JSON.stringify({ ...draft, at: serverNow(), open: guard === "open" } satisfies Kept))
  } catch {
    // A full or forbidden storage keeps nothing; the form itself goes on.
  }
}

/** Forgets every draft that is not open, of anybody, when somebody signs out here: whoever comes next may look. */
export function forgetGuardedDrafts(): void {
  for (const shelf of [sessionStorage, localStorage]) {
    for (const name of Object.keys(shelf)) {
      if (name.startsWith(`${BASE}.`) && name !== TAB && !parsed(shelf.getItem(name))?.open) shelf.removeItem(name)
    }
  }
}

/** Whether this tab alone has the draft open: a tab that was duplicated finds it taken. Holds it until the tab is left. */
async function hold(name: string): Promise<boolean> {
  if (!("locks" in navigator) || releases.has(name)) return true
  return new Promise((known) => {
    const tooLong = AbortSignal.timeout(700)
    navigator.locks
      .request(name, { signal: tooLong }, () => {
        known(true)
        return new Promise<void>((release) => {
          releases.set(name, release)
        })
      })
      .catch(() => {
        known(false)
      })
  })
}
const releases = new Map<string, () => void>()
function release(name: string): void {
  releases.get(name)?.()
  releases.delete(name)
}

async function open(): Promise<ReadonlySet<string>> {
  if (!("locks" in navigator)) return new Set()
  const { held = [] } = await navigator.locks.query()
  return new Set(held.map((lock) => lock.name ?? ""))
}

/** The drafts of this owner that are open in no tab, newest first; one of an earlier release has no id. */
export async function leftovers(owner: string): Promise<Leftover[]> {
  const taken = await open()
  const found: Leftover[] = []
  for (const name of Object.keys(localStorage)) {
    if (name !== at(owner, "") && !name.startsWith(at(owner, "") + ".")) continue
    const id = name.slice(at(owner, "").length + 1)
    const kept = parsed(localStorage.getItem(name))
    if (!kept || blank(kept) || taken.has(lockOf(owner, id))) continue
    found.push({ id, title: kept.title ?? "", text: kept.text ?? "", at: kept.at ?? 0 })
  }
  return found.sort((a, b) => b.at - a.at)
}

export const dropLeftover = (owner: string, id: string): void => {
  forget(owner, id)
}

/**
 * Keeps a form that could not be filed as a draft again, under another key; it is found as a leftover. A sealed one is
 * taken up by this tab's form alone.
 */
export function keepAsDraft(
  owner: string,
  { category, title, text = "", place = null, urgent = false }: NewRequest,
  guard: Guard,
): void {
  const id = newIdempotencyKey()
  write(owner, id, { ...empty(place), category, title, text, urgent }, guard)
  if (guard === "sealed") sessionStorage.setItem(TAB, JSON.stringify({ owner, id }))
}

/** Where the person comes from, if not from their own list: a room's code, or the wall. */
export type Door = "room_qr" | "wall" | null

/** What is filed, now or when the network is back; what hangs on the wall unless told otherwise is `wallable`. */
export function formOf(
  { category, title, text, place, urgent, wall }: Draft,
  door: Door,
  wallable: boolean,
): NewRequest {
  return {
    category,
    title: title.trim(),
    text: text.trim(),
    ...(place ? { place } : {}),
    ...(urgent ? { urgent } : {}),
    ...(door ? { channel: door } : {}),
    ...(wallable && !wall ? { visibility: "private" } : {}),
  }
}

/** Who may read a draft of this category; without a category it may become anything. */
export function guardOf(category: Pick<Category, "lane" | "visibility"> | null, wall: boolean): Guard {
  if (category === null) return "private"
  if (category.lane === "sealed" || category.visibility === "sealed") return "sealed"
  return wall && category.visibility !== "private" ? "open" : "private"
}

/** Whether requests of this category hang on the wall. */
export function hangsOnWall(category: Pick<Category, "kind" | "visibility"> | null): boolean {
  return (
    category !== null && ["wish", "study"].includes(category.kind) && ["public", "masked"].includes(category.visibility)
  )
}

export interface Drafting {
  draft: Draft
  /** True once it is certain that no other tab has this draft and its key. */
  ready: Promise<void>
  /** Drafts that other tabs left behind, while this one is still blank. */
  left: Ref<Leftover[]>
  blank: () => boolean
  done: () => void
  another: () => void
  take: (id: string) => void
  rekey: () => void
}

/**
 * The form of this tab as it was left: it survives a reload, and its key stays the same, whatever happens on the way,
 * until `done` says that it was filed. No two tabs share one: a duplicated tab goes on with a copy under another key.
 */
export function useDraft(
  owner: string,
  place: string | null,
  guard: (draft: Draft) => Guard = () => "private",
): Drafting {
  const tab = parsed(sessionStorage.getItem(TAB)) as { owner?: string; id?: string } | null
  let id = tab?.owner === owner && tab.id ? tab.id : newIdempotencyKey()
  const draft = reactive<Draft>({ ...empty(place) })
  const left = ref<Leftover[]>([])
  const become = (other: string, kept: Kept | null) => {
    id = other
    sessionStorage.setItem(TAB, JSON.stringify({ owner, id }))
    const fields: Kept = { ...kept }
    delete fields.at
    delete fields.open
    Object.assign(draft, empty(place), fields)
  }
  const look = async () => {
    left.value = (await leftovers(owner)).filter((one) => one.id !== id)
  }

  become(id, read(owner, id))
  watch(
    draft,
    () => {
      write(owner, id, draft, guard(draft))
    },
    { flush: "sync" },
  )
  const ready = (async () => {
    const mine = id
    if (!(await hold(lockOf(owner, mine))) && id === mine) {
      become(newIdempotencyKey(), { ...draft, key: newIdempotencyKey() })
      void hold(lockOf(owner, id))
    }
    await look()
  })()
  // A form that is no longer looked at may be taken up elsewhere.
  if (getCurrentScope())
    onScopeDispose(() => {
      release(lockOf(owner, id))
    })
  /** Leaves what is open now, kept or forgotten, and goes on with another. */
  const leave = (to: string, kept: Kept | null) => {
    release(lockOf(owner, id))
    become(to, kept)
    void hold(lockOf(owner, to)).then(look)
  }
  return {
    draft,
    ready,
    left,
    blank: () => blank(draft),
    done: () => {
      forget(owner, id)
      leave(newIdempotencyKey(), null)
    },
    another: () => {
      leave(newIdempotencyKey(), null)
    },
    take: (other) => {
      const kept = read(owner, other)
      if (!other) forget(owner, other)
      leave(other || newIdempotencyKey(), kept)
    },
    rekey: () => {
      draft.key = newIdempotencyKey()
    },
  }
}
