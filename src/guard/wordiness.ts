/** Whether people wrote a text or a generator made it: words and names have letters that follow each other as in words. */

/**
 * How rarely a letter follows another in words of English and of source text: -log2 of the frequency, rounded, 9 at most.
 * A row for each letter from a to z, a digit for each that follows.
 */
const RARITY = [
  "94449759597353959342567869",
  "37773797479268379446499969",
  "39693993494499299463599979",
  "47752769288577489548479979",
  "47436669899453857334867579",
  "38873399299499399465499959",
  "38792744399564589347499989",
  "27882999399767399464599969",
  "56455559998452369544959795",
  "39992979496999359736376999",
  "56861577389575568836597969",
  "38852899298389379955579949",
  "25982999399658339958599989",
  "48443629496786589733669979",
  "66558769696442559355455789",
  "39873985499389349354599979",
  "79777999996499999669076999",
  "38652769396756379544568959",
  "59482794396668548842487969",
  "38692894299688489445598959",
  "54554759599443749333999999",
  "39991979299989599888999989",
  "28773984398593389448997999",
  "59373795399669629973999569",
  "55553677489444439735995966",
  "38891799389797499989599966",
];
/** The mean of words of all kinds is 3.7 and hardly ever above this; that of random letters is 6.5, and of 20 of them hardly ever below. */
const OF_WORDS = 5;
/** Of fewer letters that says less. */
const TELLING = 20;
/** `gpt`, `app`: shorter runs of letters are found in random text, too. */
const WORD = 3;
/** Of letters in a text without a break: for each number, and for each word. */
const FOR_NUMBER = 5;
const FOR_WORD = 3.5;
/** Of digits: a date, a port, a year. */
const LONGEST_NUMBER = 8;
/** `2024-05-13` and `5.5` are one number each. */
const NUMBER = "\\d{4}-\\d\\d-\\d\\d|\\d+(?:\\.\\d+)*";
const ASCII = /^[ -~]*$/;
const ASCII_PIECES = new RegExp(`[A-Z]?[a-z]+|[A-Z]+(?![a-z])|${NUMBER}`, "g");
/** The same of all scripts, whose tables take longer to make than a commit's values to weigh: nearly every one is ASCII. */
let allPieces: RegExp | null = null;
/** Of text that is asked of; a longer one is looked for as what it may be. */
const LONGEST = 4096;
/** What is random within other text stands there without a break, or with such signs as base64 has. */
const TOKEN = /[a-z\d]{10,}/gi;
const BASE64 = /[\w+/=-]{16,}/g;

/** True for words, names and sentences, with numbers among them: `text-embedding-3-small`, `Hello, World!`, `camelCaseName2`. */
export function isWordy(text: string): boolean {
  if (text.length > LONGEST) return false;
  const plain = ASCII.test(text) ? text : text.normalize("NFD").replace(/\p{M}/gu, "");
  return (
    isOfWords(plain) &&
    [...plain.matchAll(TOKEN)].every(([token]) => isOneWord(token)) &&
    [...plain.matchAll(BASE64)].every(([token]) => isOfWords(token))
  );
}

/** `exrtMAzYwnTMDkDWxSpy`: letters alone, and no words. */
export function isRandomLetters(text: string): boolean {
  return /^[a-z]+$/i.test(text) && !isOfWords(text);
}

/** Words and numbers without a break between them: what is random has more and shorter pieces. */
function isOneWord(text: string): boolean {
  const { words, numbers, letters } = piecesOf(text);
  if (letters < FOR_NUMBER * numbers.length || (words.length > 2 && letters < FOR_WORD * words.length)) return false;
  return rarityOf(words) <= OF_WORDS + (numbers.length > 0 ? -0.5 : Math.max(0, TELLING - letters) / 10);
}

function piecesOf(text: string): { words: string[]; numbers: string[]; letters: number } {
  const words: string[] = [];
  const numbers: string[] = [];
  for (const piece of text.match(piecesFor(text)) ?? []) (isDigit(piece.charCodeAt(0)) ? numbers : words).push(piece);
  return { words, numbers, letters: lengthOf(words) };
}

function isOfWords(text: string): boolean {
  const { words, numbers, letters } = piecesOf(text);
  const ofWords = lengthOf(words.filter((word) => word.length >= WORD));
  const signs = text.replace(piecesFor(text), "").replace(/\s/g, "").length;
  if (ofWords < WORD || ofWords < 2 * (letters - ofWords) || ofWords < signs) return false;
  if (ofWords < WORD * (numbers.length - 1)) return false;
  if (numbers.some((number) => number.replace(/\D/g, "").length > LONGEST_NUMBER)) return false;
  return rarityOf(words) <= OF_WORDS + Math.max(0, TELLING - letters) / 10;
}

function piecesFor(text: string): RegExp {
  if (ASCII.test(text)) return ASCII_PIECES;
  allPieces ??= new RegExp(`\\p{Lu}?\\p{Ll}+|\\p{Lu}+(?!\\p{Ll})|\\p{Lo}+|${NUMBER}`, "gu");
  return allPieces;
}

const isDigit = (code: number) => code >= 0x30 && code <= 0x39;
const lengthOf = (words: readonly string[]): number => words.reduce((sum, word) => sum + word.length, 0);

/** The mean of RARITY over letters that follow each other in one word. */
function rarityOf(words: readonly string[]): number {
  let [sum, count] = [0, 0];
  for (const word of words) {
    const letters = word.toLowerCase();
    for (let at = 1; at < letters.length; at++) {
      const digit = RARITY[letters.charCodeAt(at - 1) - 97]?.[letters.charCodeAt(at) - 97];
      if (digit === undefined) continue;
      sum += Number(digit);
      count++;
    }
  }
  return count === 0 ? 0 : sum / count;
}
