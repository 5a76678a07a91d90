/** An HTTP service: POST /predict with 784 numbers a row, as JSON; the answer is ten probabilities a row. */
import { createServer } from 'node:http'
import { digits } from '../digits.model.ts'

const MOST = 1_000_000

const read = async request => {
  let text = ''
  for await (const chunk of request) {
    text += chunk
    if (text.length > MOST) throw new RangeError('too large')
  }
  return JSON.parse(text)
}

const answer = async request => {
  if (request.method !== 'POST' || request.url !== '/predict') return [404, { error: 'POST /predict' }]
  try {
    return [200, { probabilities: [...digits.predict(await read(request))] }]
  } catch (error) {
    return [400, { error: error.message }]
  }
}

const server = createServer(async (request, response) => {
  const [status, body] = await answer(request)
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
})
server.listen(Number(process.env.PORT ?? 8080), '127.0.0.1', () => {
  console.log(`http://127.0.0.1:${server.address().port}/predict`)
})
