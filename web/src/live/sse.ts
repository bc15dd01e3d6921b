/** One message of a server-sent event stream. */
export interface Message {
  event: string
  data: string
  id: string
}

/**
 * Reads a server-sent event stream piece by piece (https://html.spec.whatwg.org/multipage/server-sent-events.html).
 * Unlike EventSource it lets the caller see that the line is alive: comments reach `onComment`.
 */
export class MessageReader {
  private rest = ""
  private data: string[] = []
  private event = ""
  lastId = ""

  constructor(
    private readonly onMessage: (message: Message) => void,
    private readonly onComment: () => void = () => undefined,
  ) {}

  /** Takes the next piece of text, cut anywhere. */
  feed(piece: string): void {
    this.rest += piece
    const lines = this.rest.split(/\r\n|\n|\r(?!$)/)
    this.rest = lines.pop() ?? ""
    for (const line of lines) this.line(line)
  }

  private line(line: string): void {
    if (line === "") {
      this.dispatch()
      return
    }
    if (line.startsWith(":")) {
      this.onComment()
      return
    }
    const colon = line.indexOf(":")
    const field = colon < 0 ? line : line.slice(0, colon)
    const value = colon < 0 ? "" : line.slice(colon + 1).replace(/^ /, "")
    if (field === "data") this.data.push(value)
    else if (field === "event") this.event = value
    else if (field === "id" && !value.includes("\0")) this.lastId = value
  }

  private dispatch(): void {
    if (this.data.length > 0) {
      this.onMessage({ event: this.event || "message", data: this.data.join("\n"), id: this.lastId })
    }
    this.data = []
    this.event = ""
  }
}
