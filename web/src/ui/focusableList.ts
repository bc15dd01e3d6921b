import { nextTick } from "vue"

/** Lets the keyboard scroll the list that has opened inside this element. */
export function makeListFocusable(holder: HTMLElement | null): void {
  void nextTick(() => {
    holder?.querySelector(".el-select-dropdown__wrap")?.setAttribute("tabindex", "0")
  })
}
