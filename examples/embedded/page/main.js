/** A page that draws a digit, predicts it at every stroke, and learns from corrections. */
import { digits } from '../digits.model.ts'
import { pixelsOf } from './pixels.js'

const find = id => document.getElementById(id)
const board = find('board')
const context = board.getContext('2d', { willReadFrequently: true })
const drawn = []
const labels = []

const bars = Array.from({ length: 10 }, (_, digit) => {
  const [row, name, meter] = ['li', 'span', 'meter'].map(tag => document.createElement(tag))
  name.textContent = digit
  row.append(name, meter)
  find('bars').append(row)
  return meter
})

const show = () => {
  const pixels = pixelsOf(board)
  const shares = pixels ? digits.predict(pixels) : new Float32Array(10)
  const best = shares.indexOf(Math.max(...shares))
  find('answer').textContent = pixels ? best : '–'
  find('share').textContent = pixels ? `${(100 * shares[best]).toFixed(1)} %` : ''
  for (const [digit, bar] of bars.entries()) bar.value = shares[digit]
}

const clear = () => {
  context.clearRect(0, 0, board.width, board.height)
  show()
}

/** All corrections so far are learned again, a few times: the newest must not drive out the others. */
const correct = digit => {
  const pixels = pixelsOf(board)
  if (!pixels) return
  drawn.push(...pixels)
  labels.push(digit)
  const losses = digits.fit(Float32Array.from(drawn), labels, { epochs: 10 })
  find('state').textContent =
    `Learned from ${labels.length} correction${labels.length > 1 ? 's' : ''}: loss ${losses[0].toFixed(3)} to ${losses.at(-1).toFixed(3)}.`
  show()
}

const pointOf = event => {
  const { left, top } = board.getBoundingClientRect()
  return [event.clientX - left, event.clientY - top]
}

context.lineWidth = 22
context.lineCap = 'round'
context.lineJoin = 'round'
context.strokeStyle = '#fff'
board.addEventListener('pointerdown', event => {
  board.setPointerCapture(event.pointerId)
  context.beginPath()
  context.moveTo(...pointOf(event))
})
board.addEventListener('pointermove', event => {
  if (event.buttons === 0) return
  context.lineTo(...pointOf(event))
  context.stroke()
  show()
})
find('clear').addEventListener('click', clear)
for (let digit = 0; digit < 10; digit++) {
  const button = document.createElement('button')
  button.type = 'button'
  button.textContent = digit
  button.addEventListener('click', () => correct(digit))
  find('corrections').append(button)
}
clear()
