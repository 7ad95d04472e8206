/** Columns of `length` doubles that are read together lie together: returns what takes the next of `columns` ones off their block. */
export function blockOf(columns: number, length: number): () => Float64Array {
  const block = new Float64Array(columns * length);
  let end = 0;
  return () => {
    end += length;
    return block.subarray(end - length, end);
  };
}
