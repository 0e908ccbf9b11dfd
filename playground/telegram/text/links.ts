/** Top level domains Telegram takes for a link without a protocol: all countries, and the generic ones people meet. */
const COUNTRIES =
  'ac ad ae af ag ai al am ao aq ar as at au aw ax az ba bb bd be bf bg bh bi bj bm bn bo br bs bt bv bw by bz ca cc cd cf cg ch ci ck ' +
  'cl cm cn co cr cu cv cw cx cy cz de dj dk dm do dz ec ee eg er es et eu fi fj fk fm fo fr ga gb gd ge gf gg gh gi gl gm gn gp gq gr ' +
  'gs gt gu gw gy hk hm hn hr ht hu id ie il im in io iq ir is it je jm jo jp ke kg kh ki km kn kp kr kw ky kz la lb lc li lk lr ls lt ' +
  'lu lv ly ma mc md me mg mh mk ml mm mn mo mp mq mr ms mt mu mv mw mx my mz na nc ne nf ng ni nl no np nr nu nz om pa pe pf pg ph pk ' +
  'pl pm pn pr ps pt pw py qa re ro rs ru rw sa sb sc sd se sg sh si sj sk sl sm sn so sr st su sv sx sy sz tc td tf tg th tj tk tl tm ' +
  'tn to tr tt tv tw tz ua ug uk us uy uz va vc ve vg vi vn vu wf ws ye yt za zm zw';
const GENERIC =
  'academy agency app art arpa asia audio best bike bio biz blog bot build business cafe camera cash chat cloud club codes com community ' +
  'company computer cool coop data date deals design dev digital direct download edu email energy engineering expert express fun fund ' +
  'games global gov group guide guru health help host hosting house info ink int jobs land lat law legal life link live lol ltd market ' +
  'media mil mobi money movie museum name net network new news ninja one online org page party photo photos pics pictures pizza plus ' +
  'press pro productions properties pub report review rocks run sale school science services shop show site social software solutions ' +
  'space store stream studio style support systems team tech technology tel tips today tools top town toys trade training travel tube ' +
  'university video vip website wiki win work works world wtf xyz zip zone';

const KNOWN = new Set(`${COUNTRIES} ${GENERIC}`.split(' '));

const isHost = (host: string, withProtocol: boolean): boolean => {
  if (/^\d{1,3}(\.\d{1,3}){3}$/.test(host)) return withProtocol;
  const top = host.split('.').at(-1) ?? '';
  return withProtocol ? /^\p{L}{2,}$/u.test(top) : KNOWN.has(top.toLowerCase());
};

const CANDIDATE =
  /(?<![\p{L}\p{N}_/#@.:])((?:https?|ftp):\/\/)?((?:[\p{L}\p{N}~_-]+\.)+[\p{L}\p{N}~_-]+)(:\d{1,5})?([/?#][^\s<>"«»]*)?/giu;

/** Cuts what ends the sentence rather than the link: full stops, and brackets that were opened outside. */
const trimEnd = (url: string): string => {
  let trimmed = url;
  for (;;) {
    const last = trimmed.at(-1) ?? '';
    const open = ({ ')': '(', ']': '[', '}': '{' } as Record<string, string>)[last];
    const unbalanced = open !== undefined && trimmed.split(last).length > trimmed.split(open).length;
    if (!unbalanced && !".:;,('?!`".includes(last)) return trimmed;
    trimmed = trimmed.slice(0, -1);
  }
};

/** Where links stand in a text, in UTF-16 units (after tdlib's MessageEntity.cpp `match_urls`, without its rarer corners). */
export const findLinks = (text: string): { offset: number; length: number }[] =>
  [...text.matchAll(CANDIDATE)].flatMap((match) => {
    const [whole, protocol, host = '', port = '', path] = match;
    if (!isHost(host, protocol !== undefined)) return [];
    const url = path === undefined ? `${protocol ?? ''}${host}${port}` : trimEnd(whole);
    return [{ offset: match.index, length: url.length }];
  });

/**
 * The link of a button or a text link as Telegram keeps it: a protocol in front, a slash after a bare host.
 * @returns undefined for what Telegram calls a wrong HTTP URL, such as a host without a dot
 */
export const checkLink = (url: string): string | undefined => {
  if (/^(tg|ton|tonsite):\/\//i.test(url)) return url;
  const full = /^[a-z][a-z\d+.-]*:\/\//i.test(url) ? url : `http://${url}`;
  const match = /^(https?|ftp):\/\/([^\s/?#]+)(.*)$/i.exec(full);
  const host = match?.[2]?.replace(/^.*@/, '').replace(/:\d+$/, '');
  if (!match || !host?.includes('.') || /\s/.test(full)) return undefined;
  const rest = match[3] ?? '';
  return `${match[1]?.toLowerCase()}://${match[2]}${rest.startsWith('/') ? rest : `/${rest}`}`;
};
