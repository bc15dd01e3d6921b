import "fake-indexeddb/auto"
import { IDBFactory } from "fake-indexeddb"
import { beforeEach, describe, expect, test, vi } from "vitest"
import { OFFLINE, Problem } from "@/api/problem"
import type { NewRequest } from "@/api/types"
import { Outbox } from "./outbox"

const body = (title: string): NewRequest => ({ category: "repair.heat", title, text: "" })
const at = (minute: number) => new Date(Date.UTC(2026, 10, 22, 3, minute))

/** A service that files a request once for each key, and can be made to fail. */
class Desk {
  filed = new Map<string, NewRequest>()
  calls: string[] = []
  failing: (key: string) => Problem | null = () => null

  send = (form: NewRequest, key: string): Promise<void> => {
    this.calls.push(key)
    const problem = this.failing(key)
    if (problem) return Promise.reject(problem)
    this.filed.set(key, form)
    return Promise.resolve()
  }
}

describe("the outbox", () => {
  let desk: Desk
  let outbox: Outbox
  beforeEach(() => {
    desk = new Desk()
    vi.stubGlobal("indexedDB", new IDBFactory())
    outbox = new Outbox(desk.send)
  })

  test("sends a form as it was filled in, also that a room's code brought its owner", async () => {
    const form: NewRequest = { ...body("tap"), place: "east.b3.f4.r407", channel: "room_qr" }
    await outbox.keep("ann", "k1", form, at(1))
    await outbox.flush("ann")
    expect(desk.filed.get("k1")).toEqual(form)
  })

  test("sends what waits, oldest first, and then is empty", async () => {
    await outbox.keep("ann", "k2", body("second"), at(2))
    await outbox.keep("ann", "k1", body("first"), at(1))
    expect(await outbox.flush("ann")).toEqual({ sent: ["k1", "k2"], refused: [], left: 0 })
    expect(await outbox.waiting("ann")).toEqual([])
  })

  test("keeps everything in its order while the network is away", async () => {
    await outbox.keep("ann", "k1", body("first"), at(1))
    await outbox.keep("ann", "k2", body("second"), at(2))
    desk.failing = () => new Problem(0, OFFLINE)
    expect(await outbox.flush("ann")).toEqual({ sent: [], refused: [], left: 2 })
    expect(desk.calls).toEqual(["k1"])
  })

  test("uses the same key again when the answer was lost, so that it is filed once", async () => {
    await outbox.keep("ann", "k1", body("first"), at(1))
    let lost = true
    desk.failing = (key) => {
      if (!lost) return null
      lost = false
      desk.filed.set(key, body("first"))
      return new Problem(503, "http.unavailable")
    }
    await outbox.flush("ann")
    await outbox.flush("ann")
    expect(desk.calls).toEqual(["k1", "k1"])
    expect(desk.filed.size).toBe(1)
  })

  test("writes a refusal on its form, keeps it for its owner, and goes on", async () => {
    await outbox.keep("ann", "k1", body("bad"), at(1))
    await outbox.keep("ann", "k2", body("good"), at(2))
    desk.failing = (key) => (key === "k1" ? new Problem(422, "request.unknown_place", "", { place: "x" }) : null)
    const flushed = await outbox.flush("ann")
    expect(flushed.sent).toEqual(["k2"])
    expect((await outbox.waiting("ann")).map((form) => form.refused?.code)).toEqual(["request.unknown_place"])
    desk.calls = []
    await outbox.flush("ann")
    expect(desk.calls).toEqual([])
    await outbox.discard("k1")
    expect(await outbox.waiting("ann")).toEqual([])
  })

  test("waits for a new sign-in when the session has ended", async () => {
    await outbox.keep("ann", "k1", body("first"), at(1))
    desk.failing = () => new Problem(401, "auth.signed_out")
    expect((await outbox.flush("ann")).left).toBe(1)
  })

  test("never sends the forms of somebody else on the same phone", async () => {
    await outbox.keep("ann", "k1", body("ann's"), at(1))
    await outbox.keep("bob", "k2", body("bob's"), at(2))
    await outbox.flush("bob")
    expect(desk.calls).toEqual(["k2"])
    expect(await outbox.waiting("ann")).toHaveLength(1)
  })

  test("runs one round at a time", async () => {
    await outbox.keep("ann", "k1", body("first"), at(1))
    await Promise.all([outbox.flush("ann"), outbox.flush("ann"), outbox.flush("ann")])
    expect(desk.calls).toEqual(["k1"])
  })

  test("survives closing the page", async () => {
    await outbox.keep("ann", "k1", body("first"), at(1))
    const reopened = new Outbox(desk.send)
    expect((await reopened.flush("ann")).sent).toEqual(["k1"])
  })
})
