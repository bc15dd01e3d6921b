import { beforeAll, expect, test, vi } from "vitest"
import type * as Operations from "@/api/operations"
import type * as Parked from "./useParked"

/** The pages' addresses have no host; outside a browser a request needs one. */
class Placed extends Request {
  constructor(input: RequestInfo | URL, init?: RequestInit) {
    super(typeof input === "string" ? new URL(input, "http://test") : input, init)
  }
}
let answers: (service: string, query: URLSearchParams) => Response
let asked: string[] = []
let useParked: typeof Parked.useParked
let serviceOf: typeof Operations.serviceOf

beforeAll(async () => {
  vi.stubGlobal("Request", Placed)
  vi.stubGlobal("fetch", (request: Request) => {
    const url = new URL(request.url)
    asked.push(url.pathname + url.search)
    return Promise.resolve(answers(url.pathname.split("/")[2] ?? "", url.searchParams))
  })
  ;({ useParked } = await import("./useParked"))
  ;({ serviceOf } = await import("@/api/operations"))
})

const row = (id: string, parked_at: string) => ({ id, parked_at, durable: id.split(":")[0] })
const page = (items: unknown[], next_cursor: string | null = null) =>
  new Response(JSON.stringify({ items, next_cursor }), { headers: { "Content-Type": "application/json" } })
function answering(how: typeof answers): void {
  answers = how
  asked = []
}

test("the services' lists become one, the latest first, and the next page asks only those that have one", async () => {
  answering((service, query) => {
    if (service === "members")
      return query.has("cursor")
        ? page([row("members-points:1", "2026-03-02T08:00:00Z")])
        : page([row("members-points:7", "2026-03-02T09:00:00Z")], "c")
    return service === "requests" ? page([row("requests-places:3", "2026-03-02T10:00:00Z")]) : page([])
  })
  const parked = useParked()
  await parked.list("", false)
  expect(parked.rows.value.map((one) => one.id)).toEqual(["requests-places:3", "members-points:7"])
  expect([parked.more.value, parked.missing.value, asked.length]).toEqual([true, [], 4])
  await parked.next("", false)
  expect(parked.rows.value.map((one) => one.id)).toEqual(["requests-places:3", "members-points:7", "members-points:1"])
  expect([parked.more.value, asked.at(-1)?.includes("cursor=c"), asked.length]).toEqual([false, true, 5])
})

test("a service that does not answer is named, and the others are shown all the same", async () => {
  answering((service) =>
    service === "reporting" ? new Response("", { status: 503 }) : page([row(`${service}-x:1`, "2026-03-02T08:00:00Z")]),
  )
  const parked = useParked()
  await parked.list("", false)
  expect(parked.rows.value.length).toBe(3)
  expect(parked.missing.value).toEqual(["reporting"])
  expect(parked.problem.value).toBeNull()
})

test("when nobody answers there is a problem and no list", async () => {
  answering(() => new Response("", { status: 503 }))
  const parked = useParked()
  await parked.list("", false)
  expect([parked.rows.value.length, parked.problem.value?.status]).toEqual([0, 503])
})

test("a durable is asked of its own service alone", async () => {
  answering(() => page([]))
  await useParked().list("reporting-rows", true)
  expect(asked).toEqual(["/api/reporting/parked?durable=reporting-rows&discarded=true&limit=30"])
  expect(serviceOf("members-points:12")).toBe("members")
})
