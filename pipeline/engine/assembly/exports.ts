/** Functions of engine.wasm. JavaScript writes records to memory that it allocates, calls one, and copies the output. */
export { allocate, reset } from './arena';
export { packDetails } from './details';
export { outputAt, outputLength } from './message-pack';
