import { dense, input, sequential } from 'densor'

export const model = sequential(input(2), dense(1))
