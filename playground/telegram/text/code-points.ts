/** Length as Telegram counts it: code points, so that 😀 is one (`length` of a JavaScript string says two). */
export const codePoints = (text: string): number => {
  let count = text.length;
  for (let index = 0; index < text.length; index += 1) if ((text.charCodeAt(index) & 0xfc00) === 0xdc00) count -= 1;
  return count;
};
