// @vitest-environment jsdom
import { afterEach, beforeEach, expect, test, vi } from "vitest"
import {
  dropLeftover,
  forgetGuardedDrafts,
  formOf,
  guardOf,
  hangsOnWall,
  keepAsDraft,
  leftovers,
  useDraft,
} from "./draft"

/** The locks of a browser, as far as drafts use them: whoever asks first has it until it is given back. */
let held: Set<string>
const locks = {
  request: (name: string, { signal }: { signal: AbortSignal }, hold: () => Promise<void>) => {
    if (!held.has(name)) {
      held.add(name)
      return hold().finally(() => held.delete(name))
    }
    return new Promise<void>((_, refuse) => {
      signal.addEventListener("abort", () => {
        refuse(new Error("taken"))
      })
    })
  },
  query: () => Promise.resolve({ held: [...held].map((name) => ({ name })) }),
}
/** Another tab of the same browser; a duplicated one begins with a copy of what the first tab kept for itself. */
const closeTab = () => {
  sessionStorage.clear()
  held.clear()
}
const otherTab = () => {
  sessionStorage.clear()
}

beforeEach(() => {
  localStorage.clear()
  sessionStorage.clear()
  held = new Set()
  vi.stubGlobal("navigator", Object.assign(Object.create(navigator) as Navigator, { locks }))
})
afterEach(() => {
  vi.unstubAllGlobals()
})

const HOME = "east.b3.f4.r407"

test("a form keeps its words and its key when the page is loaded again", () => {
  const first = useDraft("ann", HOME)
  first.draft.title = "leaking tap"
  held.clear()
  const again = useDraft("ann", null)
  expect(again.draft).toEqual(first.draft)
})

test("after it was filed, the next form has another key and is empty", () => {
  const { draft, done } = useDraft("ann", HOME)
  const { key } = draft
  draft.title = "leaking tap"
  done()
  expect(draft.key).not.toBe(key)
  const next = useDraft("ann", HOME).draft
  expect(next.key).not.toBe(key)
  expect(next).toMatchObject({ title: "", place: HOME })
  expect(Object.keys(localStorage)).toEqual([])
})

test("two tabs have two forms with two keys, and what one files does not touch the other", () => {
  const one = useDraft("ann", HOME)
  one.draft.title = "tab one"
  otherTab()
  const two = useDraft("ann", HOME)
  expect(two.draft.title).toBe("")
  two.draft.title = "tab two"
  expect(two.draft.key).not.toBe(one.draft.key)
  one.done()
  expect(two.draft.title).toBe("tab two")
  closeTab()
  expect(useDraft("ann", HOME).draft.title).toBe("")
})

test("a duplicated tab goes on with a copy, under a key of its own", async () => {
  const one = useDraft("ann", HOME)
  await one.ready
  one.draft.title = "tab one"
  const { key } = one.draft
  vi.resetModules()
  const copy = (await import("./draft")).useDraft("ann", HOME)
  await copy.ready
  expect(copy.draft.title).toBe("tab one")
  expect(copy.draft.key).not.toBe(key)
  expect(one.draft.key).toBe(key)
  copy.draft.title = "copy"
  expect(one.draft.title).toBe("tab one")
})

test("what a closed tab left is offered, taken up with its key, or dropped; never what is open elsewhere", async () => {
  const one = useDraft("ann", HOME)
  one.draft.title = "left behind"
  const { key } = one.draft
  closeTab()
  const two = useDraft("ann", HOME)
  await two.ready
  two.draft.text = "open in a tab"
  otherTab()
  const three = useDraft("ann", HOME)
  await three.ready
  expect(three.left.value.map(({ title }) => title)).toEqual(["left behind"])
  three.take(three.left.value[0]?.id ?? "none")
  expect(three.draft).toMatchObject({ title: "left behind", key })
  three.another()
  expect(three.draft.title).toBe("")
  await vi.waitFor(async () => {
    expect((await leftovers("ann")).map(({ title }) => title)).toEqual(["left behind"])
  })
  dropLeftover("ann", (await leftovers("ann"))[0]?.id ?? "none")
  expect(await leftovers("ann")).toEqual([])
})

test("a draft of an earlier release is found again", async () => {
  localStorage.setItem(
    "yizhan.draft.ann",
    JSON.stringify({ key: "k", title: "old", text: "", category: "", place: HOME, urgent: false }),
  )
  const one = useDraft("ann", HOME)
  await one.ready
  one.take(one.left.value[0]?.id ?? "none")
  expect(one.draft).toMatchObject({ title: "old", key: "k", wall: true })
  expect(localStorage.getItem("yizhan.draft.ann")).toBeNull()
})

test("two people on one phone do not see each other's forms, nor what they left", async () => {
  useDraft("ann", null).draft.title = "private"
  const bob = useDraft("bob", null)
  await bob.ready
  expect(bob.draft.title).toBe("")
  expect(bob.left.value).toEqual([])
  expect(await leftovers("an")).toEqual([])
})

test("what is sealed stays in its tab, survives a reload, and is gone with signing out", () => {
  const one = useDraft("ann", HOME, ({ category }) => (category === "counsel.talk" ? "sealed" : "open"))
  one.draft.title = "nobody may read this"
  one.draft.category = "counsel.talk"
  expect(JSON.stringify({ ...localStorage })).not.toContain("nobody may read this")
  held.clear()
  expect(useDraft("ann", HOME, () => "sealed").draft.title).toBe("nobody may read this")
  forgetGuardedDrafts()
  expect(JSON.stringify({ ...sessionStorage })).not.toContain("nobody may read this")
})

test("signing out leaves what is open, and nothing else: not what has no category yet, nor what an earlier release kept", () => {
  localStorage.setItem(
    "yizhan.draft.ann",
    JSON.stringify({ key: "k", title: "of an earlier release", category: "", place: HOME }),
  )
  for (const [guard, title] of [
    ["open", "a shelf"],
    ["private", "a quarrel"],
    ["sealed", "a worry"],
  ] as const) {
    useDraft("ann", HOME, () => guard).draft.title = title
    sessionStorage.removeItem("yizhan.draft.tab")
  }
  forgetGuardedDrafts()
  const kept = JSON.stringify([{ ...localStorage }, { ...sessionStorage }])
  expect(kept).toContain("a shelf")
  for (const gone of ["of an earlier release", "a quarrel", "a worry"]) expect(kept).not.toContain(gone)
})

test("who may read a draft follows from its category, and from the choice to keep it off the wall", () => {
  const of = (lane: "helper" | "sealed", visibility: "public" | "masked" | "private" | "sealed") => ({
    lane,
    visibility,
  })
  expect(guardOf(null, true)).toBe("private")
  expect(guardOf(of("sealed", "private"), true)).toBe("sealed")
  expect(guardOf(of("helper", "sealed"), true)).toBe("sealed")
  expect(guardOf(of("helper", "private"), true)).toBe("private")
  expect(guardOf(of("helper", "masked"), true)).toBe("open")
  expect(guardOf(of("helper", "public"), false)).toBe("private")
})

test("a sealed form that was refused is written on in this tab alone", async () => {
  keepAsDraft("ann", { category: "counsel.talk", title: "nobody may read this" }, "sealed")
  expect(JSON.stringify({ ...localStorage })).not.toContain("nobody may read this")
  expect(useDraft("ann", HOME, () => "sealed").draft.title).toBe("nobody may read this")
  expect(await leftovers("ann")).toEqual([])
})

test("a key that was used for something else is replaced, and every word stays", () => {
  const one = useDraft("ann", HOME)
  one.draft.title = "leaking tap"
  const { key } = one.draft
  one.rekey()
  expect(one.draft.key).not.toBe(key)
  expect(one.draft.title).toBe("leaking tap")
})

test("a form that was refused becomes a draft again", async () => {
  keepAsDraft("ann", { category: "wish.moving", title: "a shelf" }, "open")
  expect(await leftovers("ann")).toMatchObject([{ title: "a shelf" }])
})

test("damaged or full storage does not break the form", () => {
  sessionStorage.setItem("yizhan.draft.tab", "{")
  const one = useDraft("ann", HOME)
  vi.spyOn(Storage.prototype, "setItem").mockImplementation(() => {
    throw new Error("full")
  })
  one.draft.title = "still here"
  vi.restoreAllMocks()
  expect(one.draft.title).toBe("still here")
})

const draft = {
  key: "k",
  category: "wish.moving",
  title: " a shelf ",
  text: "",
  place: "east.b3.f4.r407",
  urgent: false,
  wall: true,
}
const plain = { category: "wish.moving", title: "a shelf", text: "", place: "east.b3.f4.r407" }

test("what is filed says where the person came from, and only then", () => {
  expect(formOf(draft, "room_qr", true)).toEqual({ ...plain, channel: "room_qr" })
  expect(formOf(draft, "wall", true)).toEqual({ ...plain, channel: "wall" })
  expect(formOf({ ...draft, place: null, urgent: true }, null, true)).toEqual({
    category: "wish.moving",
    title: "a shelf",
    text: "",
    urgent: true,
  })
})

test("what shall not hang on the wall is private, and nothing is said where no wall is", () => {
  expect(formOf({ ...draft, wall: false }, null, true)).toEqual({ ...plain, visibility: "private" })
  expect(formOf({ ...draft, wall: false }, null, false)).toEqual(plain)
})

test("wishes and studies that are not private by themselves hang on the wall", () => {
  expect(hangsOnWall({ kind: "wish", visibility: "public" })).toBe(true)
  expect(hangsOnWall({ kind: "study", visibility: "masked" })).toBe(true)
  expect(hangsOnWall({ kind: "wish", visibility: "private" })).toBe(false)
  expect(hangsOnWall({ kind: "repair", visibility: "public" })).toBe(false)
  expect(hangsOnWall(null)).toBe(false)
})
