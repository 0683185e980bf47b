/**
 * The words that a published comment may have beside those of the vault's own names. The list is closed, since no rule tells
 * a password that is a word (`tiger`) from another word; so it holds no name, no animal, no thing that people choose for one.
 */
const COMMON = `
a about above absolute accept accepted accepts access according across action actions active actual actually add added adding additional
address addresses adds advanced after again against all allow allowed allows almost along already also always among an and another any
anything api apis app appears application applications applies apply approved apps are argument arguments around as ask asks assume assumed
async at authenticate authentication authorization auto automatic automatically available avoid aware away
back backend background backup backups base based be because become becomes been before begin begins behind being below best better between
bit bits block boolean both box browser bucket buckets build builds built but by byte bytes
cache cached call callback called caller calls can cannot case causes certificate change changed changes changing channel character characters
chars check checked checks choice choose chosen ci clean clear cli click client clients cloud cluster code codes collect column comes comma
command commands comment comments common compatible component comply condition config configuration configurations configure configured
connect connected connecting connection connections connects consider console contain container containers contains content control controlled
controls copied copy correct cost could count create created creates creating cron cross current currently custom customer customers
daily dashboard data database databases date day days deadline debug debugging decide declared default defaults define defined defines delay
delete deleted demand depend depends deploy deployed deployment deployments derived describe described description destination details detect
determines dev developer developers development device different digits direct directly directory disable disabled disables disabling
do docs documentation documented does domain domains done down download driver drivers due during
each earlier easy edit edited editor effect either element else email emails embedded empty enable enabled enables enabling encode encoded
encoding encrypt encrypted encryption encrypts end ending endpoint endpoints ends enough ensure enter entire entries entry environment
environments error errors especially even event events ever every everyone everything exact exactly example examples except exist existing
exists expect expected expects experimental expire expired expires explicit export exposed extended extension external extra
fail failed fails failure fall falls false fast faster feature features few field fields file filename files filesystem fill filled final find
finds first flag flags flow folder folders follow following follows for force forget form format formats found from frontend full further
gateway general generate generated generates generic get gets give given gives global go goes grant granted group groups
half hand handle handled handles has hash have having header headers help helper here high higher hold holds home host hosted hostname hosting
hosts hour hours how however
icon id identifier identity ids if ignore ignored image images immediately implementation import important in inactive include included
includes incoming increase index info information initial inside install installation installed instance instances instead integration
internal internet interval into invalid invite is issue issued issuer issues it item items its itself
job jobs just
keep keeps key keys kind known
label language languages large last later latest lead least leave left legacy length less let lets level levels library like limit limits line
lines link links list listed listen listening listens lists little live load loaded loads local locale locally location lock log logged
logger logging logic logs long longer look looks low lower
machine machines made mail mails main maintained maintenance major make makes making manage managed manual manually many map match matches
matching maximum may me mean means memory mention message messages method metrics middle might migrate migration migrations milliseconds
minimum minute minutes missing mode model models module monitor monitoring month more most mostly mount move moved much multiple must my
name named names namespace native necessary need needed needs neither network never new newer next no node none nor normal normally not
note nothing notice notification notifications now number numbers
object objects of off often ok old older omit omitted on once one ones only open opened opens operation option optional options or order
organization origin origins other others otherwise our out output outside over overridden override overrides own owner
package page pages pair parameter parameters part partner parts pass passed passes path paths pattern payment payments per performance period
permission permissions person picked place placeholder plain platform please plugin point points policy pool port portal ports possible post
prefix prefixed present prevent prevents preview previous private probably process processes prod production profile program project projects
proper property protect protected protection protocol provide provided provider providers provides proxy public publish published pull purpose
purposes push put
queries query queue queues quick quote quoted quotes
range rate rather raw read reads ready real really reason receive received receives recent recommended record redirect redirected redirects
reduce refer reference refers refresh refused regenerate region regions register registered registration regular related release releases
reload remote remove removed rename render rendered rendering renders repeat replace replaced replaces report reporting reports repository request requests require
required requires reserved reset resolve resource resources respond response responses rest restart restarts restrict result results retries
retry return returned returns reuse reused review right role roles rotate rotated rotation route router routes row rows rule rules run
running runs runtime
safe same sample sandbox save saved scale schedule scheduled schema scheme scope scopes script scripts search second seconds section secure
security see seed select selected self send sender sending sends sensitive sent separate separated separator serve served server servers
serves service services serving session sessions set sets setting settings setup several share shared short should show shown shows side
sign signature signed signing signs similar simple simply since single site sites size skip slow small so some something sometimes soon
source sources space spaces specific specified specify stack stage staging standard start started starting starts state statement static
status step steps still stop stopped stops storage store stored stores stream string strings strongly sub subdomain subject subscription
such suffix support supported supports sure switch sync synced system systems
table tables take taken takes target task tasks team telemetry template templates temporary tenant terminal test tested testing tests text
than that the their them then there therefore these they thing things third this those though thread threshold through throughout time
timeout timeouts times timestamp timezone title to today together too tool tools top total trace tracing track tracking traffic transaction
transport trigger triggers true trusted try turn turned turns two type types
under unique unless unset until unused up update updated updates upload uploaded uploads upon upstream usage use used useful user users uses
using usually
valid validate validation value values variable variables various vault vaults vendor verification verified verify version versions very via
view visible visit
wait waits want wants warning was way we web webhook webhooks website week well were what when where whether which while who whole whose why
widget width will window with within without word words work worker workers working works workspace would write writes written wrong
year yes yet you your yours zero zone
don't doesn't can't won't isn't aren't shouldn't let's it's you'll you're we're
`;

/** Technical words and the makers' own spelling of products: names of things that everyone runs. */
const TECHNICAL = `
AI AMQP AWS Amazon Anthropic Apache Apollo Auth Auth0 Azure BCrypt Bash Bearer CA CDN CIDR CORS CPU CSP CSRF CSS Clerk Cloudflare
Cloudinary Cognito Cookie Cookies DB DKIM DNS DSN Datadog Discord Django Docker Doppler ECDSA Elasticsearch Express FTP Facebook Fastify
Firebase Flask GCP GPU GitHub GitLab Google Grafana GraphQL HMAC HTML HTTP HTTPS Heroku HubSpot IAM IMAP IP IPs JS JSON JWK JWKS JWT JWTs
Java JavaScript Kafka Keycloak Kubernetes LDAP LLM Laravel Linear Linux MFA MX Mailchimp Mailgun Microsoft MinIO MongoDB MySQL NATS NPM
Neon Netlify Next NextAuth Nginx Node Notion OAuth ODBC OIDC ORM OTP OpenAI PDF PEM PHP PKCE Pinecone PlanetScale Plausible PostHog Postgres
PostgreSQL Postmark Prisma Prometheus Python RAM REST RPC RSA RabbitMQ Railway React Redis Remix Resend Ruby S3 SAML SDK SES SMS SMTP SNS SPF
SQL SQLite SQS SSH SSL SSO SSR STS Segment SendGrid Sentry Shopify Slack Snowflake Stripe Supabase Svelte TCP TLS TOTP TTL Telegram
Terraform Traefik Twilio Twitter TypeScript UDP UI URI URIs URL URLs UTC UTF UUID UX Upstash VM VPC VPN Vercel Vite Vue WebSocket Windows
XML YAML YouTube Zapier backend cert certs cookie cookies dotenv env envs frontend hostname https localhost middleware npm nonce oauth
payload plaintext readme regex salt sha slug ssl stderr stdout stdin subnet token tokens webpack
`;

/** What is about a login that a person types, and so may be a word. */
const ACCESS =
  "credential credentials login logins passphrase passphrases password passwords pin pins secret secrets user username usernames users";

/** What has to stand in a comment: a row of words that were chosen at random lacks it. */
const GLUE = `
a an and any are as at be but by can do don't each every for from if in into is it its may must need needs no not of off on only or our per
required same see set should so that the their then these they this those to under used uses we when where which will with without you your
`;

/** In a comment about a login these say what something is. */
const TELLING = "are as be been being called into is it it's like set sets use used uses using was were with";

/** What may follow a word of a login, where its sentence goes on. */
const FOLLOWS = "at by for from has have in must of on or and should that to when where which";

/** What a heading is made of, beside technical words and the words of names. */
const HEADINGS = `
ai and api apis app application auth authentication aws billing cache cloud config configuration database databases development email
environment error feature features flags frontend general integration integrations jobs keys limits local logging logs mail messaging misc
monitoring notifications oauth observability of optional options other payment payments production providers public queue queues rate redis
required search secrets security server service services session sessions settings sso staging storage telemetry testing the third party
tracing uploads url urls variables webhooks
`;

const wordsIn = (text: string): ReadonlySet<string> => new Set(text.split(/\s+/).filter((word) => word !== ""));

/** As the makers spell them, with capitals inside. */
export const SPELT = wordsIn(TECHNICAL);
export const PLAIN = wordsIn(`${COMMON} ${TECHNICAL.toLowerCase()} ${ACCESS} ${GLUE} e.g i.e etc`);
export const ACCESS_WORDS = wordsIn(ACCESS);
export const GLUE_WORDS = wordsIn(GLUE);
export const TELLING_WORDS = wordsIn(TELLING);
export const FOLLOWING_WORDS = wordsIn(FOLLOWS);
export const HEADING_WORDS = wordsIn(`${HEADINGS} ${TECHNICAL.toLowerCase()}`);
