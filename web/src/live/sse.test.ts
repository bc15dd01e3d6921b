import { describe, expect, test } from "vitest"
import { MessageReader, type Message } from "./sse"

function read(...pieces: string[]): { messages: Message[]; comments: number } {
  const messages: Message[] = []
  let comments = 0
  const reader = new MessageReader(
    (message) => messages.push(message),
    () => {
      comments += 1
    },
  )
  for (const piece of pieces) reader.feed(piece)
  return { messages, comments }
}

describe("a stream of events", () => {
  test("gives a message at its empty line, with its name and id", () => {
    expect(read('id: 7\nevent: board\ndata: {"seq":7}\n\n').messages).toEqual([
      { event: "board", data: '{"seq":7}', id: "7" },
    ])
  })

  test("gives the same messages however it is cut", () => {
    const text = "event: board\ndata: one\n\nid: 2\ndata: two\ndata: lines\n\n: beat\n\n"
    const whole = read(text)
    for (let cut = 1; cut < text.length; cut += 1) expect(read(text.slice(0, cut), text.slice(cut))).toEqual(whole)
  })

  test("understands all three line ends, also cut between CR and LF", () => {
    expect(read("data: a\r\n\r\ndata: b\r", "\n\r\n").messages.map((one) => one.data)).toEqual(["a", "b"])
  })

  test("counts heartbeats without giving a message", () => {
    expect(read(": beat\n\n: beat\n\n")).toEqual({ messages: [], comments: 2 })
  })

  test("keeps the last id for messages that bring none", () => {
    expect(read("id: 4\ndata: a\n\ndata: b\n\n").messages.map((one) => one.id)).toEqual(["4", "4"])
  })
})
