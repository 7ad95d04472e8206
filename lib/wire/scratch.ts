/**
 * One writer for all messages of a process: what is written is copied out of it. A writer of its own for each message would cost
 * more than the message, most of all in a process that is woken for one.
 */
import protobuf from "protobufjs/minimal.js";

/** Up to here bytes are copied one by one: a call into the runtime costs more. */
const SHORT_BYTES = 256;

const scratch = protobuf.Writer.create();

/** The writer, empty. It is one message's until `written` has copied it. */
export function startWriting(): protobuf.Writer {
  // A message that threw has left forks open: each reset() closes one.
  do scratch.reset();
  while (scratch.pos > 0);
  return scratch;
}

/** What was written, as bytes that stay. */
export function written(writer: protobuf.Writer): Uint8Array {
  const bytes = new Uint8Array(writer.pos);
  if (bytes.length > SHORT_BYTES) return writer.finishInto(bytes);
  const { buf } = writer as unknown as { readonly buf: Uint8Array };
  for (let i = 0; i < bytes.length; i++) bytes[i] = buf[i] as number;
  return bytes;
}
