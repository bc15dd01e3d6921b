// @vitest-environment jsdom
import { afterEach, beforeEach, expect, test, vi } from "vitest"
import type { Problem } from "@/api/problem"
import { openEventStream } from "./eventStream"

let asked: Headers[] = []
let answers: ((signal: AbortSignal) => Response)[] = []
const messages: string[] = []
const connections: boolean[] = []
const refusals: Problem[] = []
let signs = 0
let close = (): void => undefined

/** A stream that says these pieces and then ends. */
const saying =
  (...pieces: string[]) =>
  () =>
    new Response(
      new ReadableStream<Uint8Array>({
        start(stream) {
          for (const piece of pieces) stream.enqueue(new TextEncoder().encode(piece))
          stream.close()
        },
      }),
    )

beforeEach(() => {
  asked = []
  signs = 0
  for (const list of [messages, connections, refusals]) list.length = 0
  vi.stubGlobal("fetch", (_: string, options: RequestInit) => {
    asked.push(new Headers(options.headers))
    const next = answers.shift()
    return next ? Promise.resolve(next(options.signal as AbortSignal)) : new Promise<Response>(() => undefined)
  })
})
afterEach(() => {
  close()
  vi.unstubAllGlobals()
})

function open(): void {
  close = openEventStream("/live", {
    onMessage: (message) => messages.push(message.data),
    onSign: () => {
      signs += 1
    },
    onConnected: (is) => connections.push(is),
    onRefused: (problem) => refusals.push(problem),
  })
}

test("a line that breaks is opened again and goes on after the last id it saw", async () => {
  answers = [saying("id: 41\nevent: board\ndata: one\n\n"), saying("id: 42\ndata: two\n\n")]
  open()
  await vi.waitFor(() => {
    expect(messages).toEqual(["one", "two"])
  }, 4000)
  expect(asked.slice(0, 2).map((headers) => headers.get("Last-Event-ID"))).toEqual([null, "41"])
  expect(connections.slice(0, 2)).toEqual([true, false])
})

test("a message is the same however the line is cut, and heartbeats are signs of life", async () => {
  const text = "id: 7\r\nevent: board\r\ndata: one\r\ndata: two\r\n\r\n: beat\r\n\r\n"
  answers = [saying(...text)]
  open()
  await vi.waitFor(() => {
    expect(connections).toEqual([true, false])
  })
  expect(messages).toEqual(["one\ntwo"])
  expect(signs).toBe(text.length)
})

test("a message without an id leaves the last one", async () => {
  answers = [saying("id: 41\ndata: one\n\n", "data: two\n\n")]
  open()
  await vi.waitFor(() => {
    expect(asked).toHaveLength(2)
  }, 4000)
  expect(asked[1]?.get("Last-Event-ID")).toBe("41")
})

test("a refusal is told and not asked again", async () => {
  answers = [() => Response.json({ code: "auth.forbidden" }, { status: 403 })]
  open()
  await vi.waitFor(() => {
    expect(refusals).toHaveLength(1)
  })
  await new Promise((go) => setTimeout(go, 700))
  expect(asked).toHaveLength(1)
  expect(refusals[0]?.code).toBe("auth.forbidden")
})

test("a service that is down is asked again", async () => {
  answers = [() => new Response("", { status: 503 }), saying("data: back\n\n")]
  open()
  await vi.waitFor(() => {
    expect(messages).toEqual(["back"])
  }, 4000)
})

test("a line is given up at once when the machine loses its network", async () => {
  answers = [
    (signal) =>
      new Response(
        new ReadableStream<Uint8Array>({
          start(stream) {
            stream.enqueue(new TextEncoder().encode("data: one\n\n"))
            signal.addEventListener("abort", () => {
              stream.error(signal.reason)
            })
          },
        }),
      ),
  ]
  open()
  await vi.waitFor(() => {
    expect(messages).toEqual(["one"])
  })
  window.dispatchEvent(new Event("offline"))
  await vi.waitFor(() => {
    expect(connections.at(-1)).toBe(false)
  })
})
