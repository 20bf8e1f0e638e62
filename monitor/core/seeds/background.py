"""Words of ordinary news, which any paper prints on any day: none of them alone shows what a document is about.

Made by hand, from function words, the vocabulary of reporting, numbers and time, politics and economy in general, and
the places and people that are always in the news. Folded as core.text folds words, in their usual forms.
"""

from __future__ import annotations

_FUNCTION = """
a about above across after again against all almost alone along already also although always am among an and another
any anyone anything are around as at away back be became because become becomes been before began behind being below
between both but by came can cannot come comes coming could did do does doing done down during each early either else
end enough even ever every everyone everything except far few first for former from full further gave get gets getting
give given gives giving go goes going gone good got great had half has have having he her here herself him himself his
how however i if in indeed instead into is it its itself just keep kept large last late later latter least less let
like likely little long look made main make makes making many may maybe me mean means might more most much must my
near nearly need needs neither never new next no nobody none nor not nothing now of off often old on once one only
onto or other others our out over own part past per perhaps place put quite rather really right said same saw say says
second see seem seems seen set several shall she should show since small so some something soon still such take taken
takes taking tell than that the their them themselves then there these they thing things this those though three
through thus time to today together told too took toward towards two under until up upon us use used uses using
various very via was way we well went were what when where whether which while who whole whom whose why will with
within without would year years yes yet you your
"""

_REPORTING = """
according accused added address addressed adopted agreed aim aimed aims allowed allows amid analysis analyst analysts
announced announcement announces answer appeared article asked asks author back based began believe believes brief
briefing call called calls claim claimed claims comment commented comments concern concerned concerns conference
confirmed contrast copyright correspondent current currently cut daily data declined denied described details discuss
discussed discussion draw editor emphasis emphasised emphasized expected expects explained face faced faces facing
fact file follow followed following follows found future given head headed hear held highlight highlighted highlights
hold hope hopes idea image include included includes including increase increased increasing information interview
issue issued issues item journalist key know known latest launch launched launches lead leading leads leave led letter
lies likely line lines link list live local mark marked marks media meet meeting met minutes moment move moved moves
moving name named news newspaper noted notice number offer offered offering official officials opinion outlined paper
paragraph particularly people person photo picture pivotal plan planned planning plans plea point pointed points
position possible present presented press previous previously problem process promise promised proposal proposed
proposing prove provide provided provides public publish published question questions quote quoted raise raised raises
reach reached read reader recent recently record refused remain remained remains remarks reply report reported
reporter reporters reports request response result results reuters reveal revealed review role run running section
seek seeks sense series share shared sharp shift show showed shown shows side sign signed signs similar simply site
source sources speak speaking speech spoke spokesman spokesperson spokeswoman stand standing stands start started
starts state stated statement states step steps story stress stressed study subject suggest suggested suggests support
supported sure talk talks term terms text think thought title told top topic track tried true try trying turn turned
type understand unveiled update urged urges version view viewed views visit voice voices want wanted wants warn warned
warning warns watch week went wide word words work worked working works world worry write writes written wrote
"""

_TIME = """
2019 2020 2021 2022 2023 2024 2025 2026 2027 ago april august autumn billion billions century date day days decade
december eight evening february five four friday hour hours hundred hundreds january july june march may midnight
million millions minute monday month months morning night nine noon november october percent quarter saturday second
september seven six spring summer sunday ten tens third thousand thousands thursday time times tomorrow tonight
trillion tuesday wednesday weekend winter yesterday zero
"""

_PUBLIC_LIFE = """
accelerate access account accuse achieve act action actions active activity actor actors actual adequate
administration advance advanced advantage affair affairs affect afford afraid agency agenda agreement aid air alliance
allies alternative ambition ambitions amidst announce apparent appeal approach appropriate approve approved area areas
argue argues argument army arrest arrive articulate aspect assume attack attempt attention authorities authority avoid
aware bad balance balanced bank banks bar barrier battle battleground become benefit benefits best better bid big bill
billion black board body bold border boss box branch brand break breakthrough bring brings broad broader broadly
budget build building built business businesses buy campaign capability capable capital care career careful case cases
cause caused center central centre certain chair chairman challenge challenges champion chance change changed changes
changing charge charges chief child children choice church citizen citizens city civil clash class clear close closed
club coalition collaborate collaboration collective commission commitment committed committee common communicate
community companies company compete competing competition complete complex comprehensive concentrated condition
conditions confidence conflict confront congress connect consensus consider considerable considered consistent
constant constraint consultation consumers contact content context continue contract contrast contribution
contributions control controls convention cooperation coordinate coordination corporate corporations correct cost
costs council counterpart countries country county court covering create created creates creating creation crime
crisis critic critical critics crucial cultivate culture current customers cycle damage danger dead deal deals death
debate decide decided decision decisions deep deepen defence defense define degree delay demand demands democracy
democratic demonstrate department depend deputy describe design desire despite determine develop developed developing
development developments device dialogue difference different difficult digital diplomat direct direction director
discover disease dispute distinct district diverse divide divided division doctor document domestic dominance dominate
door double dozen dramatic drive driven due duty earlier earth ease east eastern economic economy edge education
effect effective effects effort efforts election elections eliminate embrace emerge emergency emerging emphasise
emphasize employ employees employment enable encourage energy enforce engage enhance enhanced enormous ensure ensures
ensuring entire entity environment equal equilibrium escalate essential establish established evaluate event events
evidence evident evolve evolving exacerbate examine example excessive exchange exclude executive exist existing expand
expansion expect experience expert experts explore export exports expose extend extensive extent extra factor fail
failed fall falls family fast favor favour fear fears feature federal fellow field fight figure figures final finally
finance financial find finding findings fire firm firms flexible focus focused food force forces foreign form forms
forward foster foundation framework free front frontier fuel function fund fundamental funding funds gain gains game
gap gather general generation genuine get global globally goal goals goods governance government governments governor
grip grounds group groups grow growing growth guard guide hand hands hard harm health healthcare heart heighten help
helped helping helps high higher highlighted hinder history home hopeful hospital host house housing huge human idea
ideal identify illustrate immediate impact implement important impose impressive improve inclusive inclusivity income
independent indicate indicative individual industries industry inequalities inequality influence inform inherent
initiative initiatives innovation innovative inside insight inspire institution institutions insurance integrate
intend intense interest interests international internet intervention introduce introduces invest investigation
investment investor investors involve island job jobs join joined joint judge justice keeping kill killed kind king
labor labour lack land landmark language largely latter launch law lawmaker lawmakers laws lawyer leader leaders
leadership lean learn legal legislation length lesson level levels life limit limited limits linked live lives living
loan local logic london long lose losing loss lost love low lower maintain major majority male man management manager
manufacturing march market markets mass matter matters maximum mayor measure measures mechanism medical member members
memo men mere message middle military minister ministers ministry minor minority mission mitigate model modern money
movement multilateral multiple murder mutual narrow nation national nations native natural nature necessary needed
negative negotiations network neutral normal norms north northern notion nuclear objective obstacle obtain obvious
occur office officer oil ongoing online open openness operation opponent opportunities opportunity oppose opposed
opposition option options order orders organisation organisations organization organizations origin outcome outpace
outright outside overall overcome overlap paid paramount parliament part participant participate parties partly
partner partners party pass passed patient pay peace peer penalty perceive performance period permission person
perspective phase phenomenon phone physical pick picture piece plant platform play player players police policies
policy political politician politicians politics poor popular population positive potential power powerful powers
practical practice precise prefer premier premise premised prepare presence preserve president pressure prevent
previous price prices primary prime prince principle prior prioritizing priority prison private proceed production
products professor profit profound program programme progress project projects prominent promote pronounced proper
proponent protect protection protest proud provision pull purpose pursue pursuing push pushing quality quick quickly
race radio random range rapid rapidly rare rate rates reach reaction readily ready real reality reason reasons recall
recession recognise recognize recommend reduce reduced reflect reflects reform regime region regional regulate
regulated regulating regulation regulations regulatory relate related relations relationship release released relevant
relief rely remark remote remove removed removing replace represent republic require required requirement requires
research resist resisted resolve resource resources respect respond responsibility responsible rest restrict return
reveal revenue rich rights rise rises rising risk risks rival road room rooted roots rose round row rule rules rural
safe safeguard safety sale sales save scale scenario scheme school schools science scientist scientists scope sea
search seat secondary secretary sector sectors secure security self sell senate senator send senior sent separate
serious serve service services session settlement severe shape shaped shaping share shares shift ship shop short
signal significant simple situation size skill smart social society soldier solid solidify solution solve
sophisticated south southern space spar spark speaker special specific speed spend spending split spokes spread stable
staff stage stake stakes standard standards stark station status stay steady steer stifle stimulate stop stopped store
storm strain strategic strategies strategy street strength strengthen strict strike stringent strong stronger
structure struggle student students style subsequent substance substantial success successful suffer sufficient
superpower superpowers supply supreme surge surprise surround survey sustain sustainable swift symbol system systems
table tackle target targets task tax taxes teacher team technological technologies technology television tension
tensions territory test thanks theory thorough threat threats tight tightened tool tools total tough tougher town
trade traditional traffic train training transcend transform transparent transport treatment tremendous trend job
trip troops trouble trust truth try ultimate unchecked unclear undergo underline underlined undermine underscore
unified union unique unit united unity university unprecedented unveil upcoming urgent usual utilise utilize valid
value values vast vehicle viable victim victory video village violence virtual vision visit vital volume vote voter
voters votes vow vowed vulnerable war waste water weapon weapons weather web west western white wider widespread
willing win window wish woman women won worker workers workforce worldwide worth wrong young youth
"""

_PLACES_AND_PEOPLE = """
africa african america american americans asia asian australia australian beijing berlin biden brazil britain british
brussels canada canadian china chinese donald dr dutch england english eu europe european france french german germany
india indian iran iraq ireland israel italian italy japan japanese korea korean london macron mexico moscow mr mrs ms
netherlands paris putin russia russian saudi shanghai sir spain spanish states sweden swiss switzerland taiwan tokyo
trump turkey uk ukraine un united us usa vance vladimir washington xi york
"""

_ELSEWHERE = """
al als an ano anos au auch auf aus aussi aux avec bei ce ces cette comme como con dans das de del dem den der des die
du durch ein eine einer eines el elle en entre es est et etat ete fue fur gobierno gouvernement ha han il ils im in
ist jahr jahre la land las le les leur leurs lo los mais mas menschen millones minister ministre ministro mit monde
mundo nach ne nicht no noch nous nur oder ou pais par para pas pays personas plus por pour president presidente
prozent que qui regierung sa sans se segun ses sich sin sind sobre son sont sous su sur sus uber um un una und une uno
von vous war welt werden wie wird zu zum zur
"""

_PHRASES = """
african union/associated press/donald trump/emmanuel macron/european commission/european union/financial times
getty images/hong kong/joe biden/latin america/middle east/new york/new york times/new zealand/north korea
president donald trump/president joe biden/prime minister/saudi arabia/silicon valley/south africa/south korea
supreme court/united kingdom/united nations/united states/vladimir putin/wall street/wall street journal
west bank/white house
"""

SMALL_WORDS = frozenset(f"{_FUNCTION} {_ELSEWHERE}".split())
EDGES = frozenset(f"{_FUNCTION} {_REPORTING} {_ELSEWHERE}".split())
"""Words that no phrase worth watching starts or ends with."""
BACKGROUND = EDGES | frozenset(f"{_TIME} {_PUBLIC_LIFE} {_PLACES_AND_PEOPLE}".split())
EVERYDAY_NAMES = frozenset(_PHRASES.strip().replace("\n", "/").split("/"))
