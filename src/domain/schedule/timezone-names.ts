import { table } from '../../lib/table.ts';

/**
 * Where people live, the zones that most of them would name first: big cities, countries and abbreviations that are no
 * zone names. An abbreviation that means several zones stands at each.
 */
export const CITIES = `
Asia/Kolkata: Mumbai, Bombay, Delhi, New Delhi, Bangalore, Bengaluru, Hyderabad, Chennai, Madras, Pune, Ahmedabad, Jaipur
Asia/Kolkata: Calcutta, India, IST
Asia/Shanghai: Beijing, Peking, Shenzhen, Guangzhou, Canton, Chengdu, Chongqing, Wuhan, Hangzhou, Nanjing, Xian, Tianjin
Asia/Shanghai: China, 北京, 上海, 深圳, 广州, 杭州
America/New_York: Washington, Washington DC, NYC, Boston, Miami, Philadelphia, Atlanta, Orlando, Pittsburgh, Charlotte
America/New_York: Cleveland, Baltimore, Florida, Eastern, EST, EDT, ET, USA, United States
Europe/Berlin: Munich, München, Muenchen, Hamburg, Frankfurt, Cologne, Köln, Koeln, Stuttgart, Düsseldorf, Duesseldorf
Europe/Berlin: Leipzig, Dresden, Nuremberg, Nürnberg, Hannover, Bremen, Karlsruhe, Germany, Deutschland, CET, CEST
Europe/London: Manchester, Birmingham, Edinburgh, Glasgow, Liverpool, Leeds, Bristol, Cambridge, Oxford, Belfast, Cardiff
Europe/London: United Kingdom, UK, England, Scotland, Wales, Great Britain, GMT, BST
America/Los_Angeles: San Francisco, Seattle, San Diego, San Jose, Portland, Las Vegas, Sacramento, Oakland, Palo Alto, LA
America/Los_Angeles: California, Pacific, PST, PDT, PT
America/Sao_Paulo: Rio de Janeiro, Brasilia, Belo Horizonte, Curitiba, Porto Alegre, Campinas, Brazil, Brasil, BRT
America/Chicago: Dallas, Houston, Austin, San Antonio, Minneapolis, New Orleans, Nashville, St Louis, Kansas City
America/Chicago: Milwaukee, Texas, Central, CST, CDT
Europe/Paris: Lyon, Marseille, Toulouse, Nice, Bordeaux, Lille, Nantes, Strasbourg, Grenoble, France
Asia/Tokyo: Osaka, Kyoto, Yokohama, Nagoya, Sapporo, Fukuoka, Kobe, Japan, JST, 東京, 大阪
Europe/Moscow: St Petersburg, Saint Petersburg, Kazan, Nizhny Novgorod, Sochi, Russia, MSK, Москва, Санкт-Петербург
Europe/Istanbul: Ankara, Izmir, Bursa, Antalya, Turkey, Türkiye
Asia/Jakarta: Bandung, Surabaya, Medan, Indonesia, WIB
Asia/Karachi: Lahore, Islamabad, Rawalpindi, Faisalabad, Pakistan, PKT
Africa/Lagos: Abuja, Kano, Ibadan, Nigeria, WAT
Asia/Dhaka: Chittagong, Bangladesh
America/Mexico_City: Guadalajara, Puebla, Leon, Mexico
Asia/Manila: Quezon City, Cebu, Davao, Philippines
Africa/Cairo: Alexandria, Giza, Egypt
Asia/Ho_Chi_Minh: Hanoi, Saigon, Da Nang, Vietnam, HCMC
Asia/Bangkok: Chiang Mai, Phuket, Thailand
Asia/Seoul: Busan, Incheon, Daejeon, South Korea, Korea, KST, 서울
Asia/Singapore: SGT
Asia/Hong_Kong: HKT, 香港
Asia/Taipei: Kaohsiung, Taichung, Hsinchu, Taiwan, 台北
Asia/Kuala_Lumpur: Penang, Johor Bahru, Malaysia
Europe/Madrid: Barcelona, Valencia, Seville, Sevilla, Bilbao, Malaga, Zaragoza, Spain, España
Europe/Rome: Milan, Milano, Naples, Napoli, Turin, Torino, Florence, Firenze, Venice, Bologna, Italy, Italia
Europe/Warsaw: Krakow, Wroclaw, Gdansk, Poznan, Lodz, Katowice, Poland, Polska
Europe/Amsterdam: Rotterdam, The Hague, Den Haag, Utrecht, Eindhoven, Delft, Netherlands, Holland
Europe/Zurich: Geneva, Genève, Genf, Bern, Basel, Lausanne, Lugano, Switzerland, Schweiz, Suisse
Europe/Vienna: Wien, Graz, Linz, Salzburg, Innsbruck, Austria, Österreich
Europe/Brussels: Antwerp, Ghent, Gent, Bruges, Liege, Belgium
Europe/Stockholm: Gothenburg, Göteborg, Malmö, Uppsala, Sweden
Europe/Copenhagen: Aarhus, Odense, Denmark
Europe/Oslo: Bergen, Trondheim, Stavanger, Tromsø, Norway
Europe/Prague: Brno, Ostrava, Czech Republic, Czechia
Europe/Budapest: Debrecen, Hungary
Europe/Kyiv: Kharkiv, Odesa, Odessa, Lviv, Dnipro, Ukraine, Київ, EET
Europe/Bucharest: Cluj, Timisoara, Iasi, Romania
Europe/Athens: Thessaloniki, Greece
Europe/Helsinki: Espoo, Tampere, Turku, Oulu, Finland
Europe/Sofia: Plovdiv, Varna, Bulgaria
Europe/Dublin: Cork, Galway, Ireland, IST
Europe/Lisbon: Porto, Braga, Coimbra, Portugal, WET
Asia/Jerusalem: Tel Aviv, Haifa, Israel, IST
Asia/Tehran: Mashhad, Isfahan, Shiraz, Iran
Asia/Riyadh: Jeddah, Mecca, Dammam, Saudi Arabia
Asia/Dubai: Abu Dhabi, Sharjah, UAE, United Arab Emirates
Asia/Tashkent: Uzbekistan
Asia/Almaty: Astana, Kazakhstan
Asia/Yekaterinburg: Chelyabinsk, Perm, Ufa
Asia/Kathmandu: Pokhara, Nepal
Asia/Colombo: Sri Lanka
Asia/Yangon: Mandalay, Myanmar, Burma
Asia/Tbilisi: Georgia
America/Toronto: Ottawa, Montreal, Québec, Hamilton, Waterloo, Canada
America/Vancouver: Victoria, British Columbia
America/Edmonton: Calgary, Alberta
America/Denver: Salt Lake City, Boulder, Colorado Springs, Albuquerque, Colorado, Utah, Mountain, MST, MDT
America/Phoenix: Tucson, Arizona
America/Halifax: Nova Scotia, AST
America/St_Johns: Newfoundland
America/Bogota: Medellin, Cali, Colombia
America/Lima: Peru
America/Argentina/Buenos_Aires: Rosario, Argentina
America/Santiago: Valparaiso, Chile
America/Caracas: Maracaibo, Venezuela
Pacific/Honolulu: Hawaii, HST
America/Anchorage: Alaska
Africa/Johannesburg: Cape Town, Durban, Pretoria, South Africa, SAST
Africa/Nairobi: Mombasa, Kenya, EAT
Africa/Algiers: Oran, Algeria
Africa/Casablanca: Rabat, Marrakesh, Marrakech, Fes, Tangier, Morocco
Africa/Accra: Kumasi, Ghana
Australia/Sydney: Canberra, Newcastle, Wollongong, Australia, AEST, AEDT
Australia/Melbourne: Geelong
Australia/Brisbane: Gold Coast, Cairns, Queensland
Australia/Perth: Western Australia, AWST
Pacific/Auckland: Wellington, Christchurch, New Zealand, NZST, NZDT
`;

/** ICU lists zones by the name they had first. Source: `backward` of the IANA time zone database. */
export const RENAMED = table<string>({
  'Africa/Asmera': 'Africa/Asmara',
  'America/Buenos_Aires': 'America/Argentina/Buenos_Aires',
  'America/Catamarca': 'America/Argentina/Catamarca',
  'America/Coral_Harbour': 'America/Atikokan',
  'America/Cordoba': 'America/Argentina/Cordoba',
  'America/Godthab': 'America/Nuuk',
  'America/Indianapolis': 'America/Indiana/Indianapolis',
  'America/Jujuy': 'America/Argentina/Jujuy',
  'America/Louisville': 'America/Kentucky/Louisville',
  'America/Mendoza': 'America/Argentina/Mendoza',
  'Asia/Calcutta': 'Asia/Kolkata',
  'Asia/Katmandu': 'Asia/Kathmandu',
  'Asia/Rangoon': 'Asia/Yangon',
  'Asia/Saigon': 'Asia/Ho_Chi_Minh',
  'Atlantic/Faeroe': 'Atlantic/Faroe',
  'Europe/Kiev': 'Europe/Kyiv',
  'Pacific/Enderbury': 'Pacific/Kanton',
  'Pacific/Ponape': 'Pacific/Pohnpei',
  'Pacific/Truk': 'Pacific/Chuuk',
});

/** The names of three letters that are in the IANA database. ICU knows more, and its AST is in Alaska. */
export const THREE_LETTERS = 'CET EET EST GMT HST MET MST PRC ROC ROK UCT UTC WET';
