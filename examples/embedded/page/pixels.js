const SIDE = 28
const BOX = 20

/** Where ink is: the least rectangle around it, its sum and its centre. */
const inkOf = ({ data, width, height }) => {
  const at = (x, y) => data[4 * (y * width + x) + 3] / 255
  let [left, top, right, bottom] = [width, height, -1, -1]
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++)
      if (at(x, y) > 0) {
        left = Math.min(left, x)
        right = Math.max(right, x)
        top = Math.min(top, y)
        bottom = Math.max(bottom, y)
      }
  return right < 0 ? undefined : { left, top, width: right - left + 1, height: bottom - top + 1 }
}

const canvasOf = (width, height) => {
  const context = new OffscreenCanvas(width, height).getContext('2d', { willReadFrequently: true })
  context.imageSmoothingQuality = 'high'
  return context
}

/** Sum and centre of the ink of a small picture. */
const centreOf = ({ data }) => {
  let [sum, x, y] = [0, 0, 0]
  for (let i = 0; i < SIDE * SIDE; i++) {
    const ink = data[4 * i + 3]
    sum += ink
    x += ink * (i % SIDE)
    y += ink * Math.floor(i / SIDE)
  }
  return { x: x / sum, y: y / sum }
}

/**
 * What was drawn as the network knows digits: 20 pixels high or wide, the centre of the ink in the middle of 28 x 28,
 * from 0 to 1. Nothing where nothing is drawn.
 */
export const pixelsOf = canvas => {
  const ink = inkOf(canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height))
  if (ink === undefined) return undefined
  const scale = BOX / Math.max(ink.width, ink.height)
  const [width, height] = [ink.width * scale, ink.height * scale]
  const draw = (x, y) => {
    const context = canvasOf(SIDE, SIDE)
    context.drawImage(canvas, ink.left, ink.top, ink.width, ink.height, x, y, width, height)
    return context.getImageData(0, 0, SIDE, SIDE)
  }
  const [x, y] = [(SIDE - width) / 2, (SIDE - height) / 2]
  const centre = centreOf(draw(x, y))
  const { data } = draw(x + SIDE / 2 - 0.5 - centre.x, y + SIDE / 2 - 0.5 - centre.y)
  return Float32Array.from({ length: SIDE * SIDE }, (_, i) => data[4 * i + 3] / 255)
}
