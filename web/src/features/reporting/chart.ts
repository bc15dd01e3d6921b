import { LineChart } from "echarts/charts"
import { AriaComponent, GridComponent, TooltipComponent } from "echarts/components"
import { init, use, type EChartsCoreOption, type EChartsType } from "echarts/core"
import { SVGRenderer } from "echarts/renderers"
import { onBeforeUnmount, onMounted, watch, type Ref } from "vue"

use([LineChart, AriaComponent, GridComponent, TooltipComponent, SVGRenderer])

export const DARK = {
  text: "#eef0e6",
  soft: "#aebcb4",
  rule: "#2b3a37",
  teal: "#74c4b3",
  ochre: "#e3b65f",
  red: "#f08a76",
  ground: "#121b1a",
} as const

/** Draws a chart into the element and redraws it when the option changes or the element is resized.
 *
 * `pick` is told which point of the axis was chosen, and at what height.
 */
export function useChart(
  element: Ref<HTMLElement | null>,
  option: () => EChartsCoreOption,
  pick: (index: number, height: number) => void,
): void {
  let chart: EChartsType | null = null
  let drawn = ""
  let sized: ResizeObserver | null = null
  onMounted(() => {
    if (!element.value) return
    chart = init(element.value, null, { renderer: "svg" })
    drawn = JSON.stringify(option())
    chart.setOption(option())
    chart.getZr().on("click", ({ offsetX, offsetY }) => {
      const [index, height] = chart?.convertFromPixel({ gridIndex: 0 }, [offsetX, offsetY]) ?? []
      if (index !== undefined && height !== undefined && chart?.containPixel({ gridIndex: 0 }, [offsetX, offsetY]))
        pick(index, height)
    })
    sized = new ResizeObserver(() => {
      chart?.resize()
    })
    sized.observe(element.value)
  })
  watch(option, (now) => {
    // The board comes up to four times a second: a chart that shows the same is left alone.
    const wanted = JSON.stringify(now)
    if (wanted === drawn) return
    drawn = wanted
    chart?.setOption(now)
  })
  onBeforeUnmount(() => {
    sized?.disconnect()
    chart?.dispose()
  })
}

/** A chart appears at once and moves briefly when it changes; it stands still for people who asked for less motion. */
export const MOTION = {
  animation: typeof matchMedia === "function" ? !matchMedia("(prefers-reduced-motion: reduce)").matches : false,
  animationDuration: 0,
  animationDurationUpdate: 240,
} as const
