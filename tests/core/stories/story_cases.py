"""Headlines written for these tests: pairs about the same news, and pairs that look alike and are not."""

SAME_NEWS = [
    (
        "EU fines Meta €200 million for breaching the Digital Markets Act",
        "Meta hit with 200-million-euro fine under EU Digital Markets Act",
    ),
    (
        "Italy bans DeepSeek chatbot over data privacy concerns",
        "Italian privacy watchdog orders ban of Chinese chatbot DeepSeek",
    ),
    (
        "California governor signs frontier AI transparency bill into law",
        "Newsom signs California bill on transparency of frontier AI models",
    ),
    (
        "Senate votes to strip ten-year AI moratorium from budget bill",
        "US Senate strips AI moratorium from budget package in late vote",
    ),
    (
        "Nvidia to resume H20 chip sales to China after licence assurances",
        "Nvidia says it will resume sales of H20 chips to China",
    ),
    (
        "Commission publishes code of practice for general-purpose AI models",
        "General-purpose AI models: Commission releases long-awaited code of practice",
    ),
    (
        "OpenAI whistleblowers ask regulator to investigate nondisclosure agreements",
        "Whistleblowers urge SEC to probe OpenAI nondisclosure agreements",
    ),
    (
        "Japan parliament passes first law to promote use of artificial intelligence in hospitals",
        "Japanese parliament approves law promoting AI in hospitals - Kyoto Courier",
    ),
    (
        "UK delays AI copyright bill by a year after backlash from artists",
        "British government postpones AI copyright bill following artists' backlash",
    ),
    (
        "Anthropic settles authors' copyright lawsuit over pirated books",
        "Anthropic reaches settlement with authors over pirated books used in training",
    ),
    (
        "South Korea's AI Basic Act takes effect with grace period for fines",
        "Korea AI Basic Act enters into force, fines postponed during grace period",
    ),
    (
        "China unveils global AI governance action plan in Shanghai",
        "At Shanghai conference, China presents action plan on global AI governance",
    ),
    (
        "Australia bans under-16s from social media platforms",
        "Social media ban for under-16s begins in Australia",
    ),
    (
        "ASML export licence revoked by Dutch government",
        "Dutch government revokes ASML licence for exports to China",
    ),
    (
        "Workers at Amazon warehouse win case over automated dismissals",
        "Amazon warehouse workers win ruling on automated dismissals",
    ),
    (
        "Grok deepfake images prompt Ofcom investigation of X",
        "Ofcom opens investigation into X over Grok deepfake images",
    ),
    (
        "Apple sues former employee over stolen wafer secrets",
        "Former employee stole wafer secrets, Apple says in lawsuit",
    ),
    (
        "Macron opens robotics summit in Paris with call for investment",
        "Robotics summit opens in Paris as Macron calls for investment",
    ),
    (
        "Texas attorney general sues Roblox over predators",
        "Roblox sued by Texas attorney general over predators",
    ),
]

DIFFERENT_NEWS = [
    (
        "Court rules OpenAI must keep deleted chats in New York Times case",
        "Court rules OpenAI must face New York Times copyright claims",
    ),
    (
        "Court rules against Clearview in facial recognition privacy case",
        "Court rules for police in facial recognition privacy case",
    ),
    (
        "German court rules against OpenAI over song lyrics copyright",
        "London court rules for Stability AI over image copyright",
    ),
    (
        "EU opens probe into Meta under Digital Markets Act",
        "EU fines Meta 390 million euros under Digital Markets Act",
    ),
    (
        "EU fines Apple 500 million euros under Digital Markets Act",
        "EU fines Meta 390 million euros under Digital Markets Act",
    ),
    (
        "Meta fined in Ireland over privacy breach affecting teenagers",
        "Meta fined in Ireland over child safety failures on Instagram",
    ),
    (
        "Senate passes kids online safety bill with broad majority",
        "Senate rejects kids online safety bill after late amendments",
    ),
    (
        "Italy bans DeepSeek chatbot over data privacy concerns",
        "South Korea bans DeepSeek chatbot over data privacy concerns",
    ),
    (
        "California senate passes frontier AI safety bill",
        "New York senate passes frontier AI safety bill",
    ),
    (
        "Commission proposes delay of high-risk AI Act rules",
        "Parliament rejects delay of high-risk AI Act rules",
    ),
    (
        "AI Act: prohibited practices apply from 2 February",
        "AI Act: obligations for general-purpose models apply from 2 August",
    ),
    (
        "Nvidia to resume H20 chip sales to China after licence assurances",
        "China tells companies to avoid Nvidia H20 chip purchases",
    ),
    (
        "Labour market bulletin, week 27: AI and hiring in services",
        "Labour market bulletin, week 28: AI and hiring in services",
    ),
    (
        "What the AI Act means for small companies",
        "What the AI Act means for public hospitals",
    ),
    (
        "Morning briefing: chips, copyright and the AI summit",
        "Morning briefing: privacy fines and the AI summit",
    ),
    (
        "OpenAI appoints former general to its safety board",
        "OpenAI appoints former banker as finance chief",
    ),
    (
        "UN panel on artificial intelligence holds first meeting in Geneva",
        "UN panel on artificial intelligence publishes first report in New York",
    ),
    (
        "Texas sues Meta over biometric data of children",
        "Texas settles with Meta over biometric data of children",
    ),
    (
        "India drafts rules for labelling of AI-generated content",
        "India drafts rules for licensing of AI training content",
    ),
    (
        "Judge dismisses claims against Google in chatbot suicide lawsuit",
        "Judge allows claims against Character AI in chatbot suicide lawsuit",
    ),
    (
        "Anthropic raises 13 billion dollars at 183 billion valuation",
        "Anthropic raises 3.5 billion dollars at 61.5 billion valuation",
    ),
    (
        "Brazil supreme court holds platforms liable for user posts",
        "Brazil senate approves bill on platforms and artificial intelligence",
    ),
    (
        "TikTok fined 530 million euros over data transfers to China",
        "TikTok fined 345 million euros over children's data",
    ),
    (
        "Microsoft and OpenAI renegotiate partnership ahead of restructuring",
        "Microsoft and OpenAI face antitrust questions over partnership",
    ),
    (
        "Ohio senate passes frontier AI safety bill",
        "Michigan senate passes frontier AI safety bill",
    ),
    (
        "Ofcom opens investigation into X over Grok deepfake images",
        "Ofcom opens investigation into Snapchat over child safety images",
    ),
    (
        "China unveils global AI governance action plan in Shanghai",
        "China unveils global AI chip investment plan in Shanghai",
    ),
    (
        "Canada drafts rules for labelling of AI-generated content on platforms",
        "Canada drafts rules for licensing of AI training content on platforms",
    ),
    (
        "Government publishes response to consultation on copyright and AI",
        "Government publishes response to consultation on AI in policing",
    ),
    (
        "Five things to know about the new AI law in Korea",
        "Five things to know about the new AI law in Vietnam",
    ),
    (
        "Privacy regulator fines Clearview over facial recognition database",
        "Privacy regulator fines Worldcoin over iris recognition database",
    ),
    (
        "Judge orders OpenAI to hand over twenty million chat logs",
        "Judge orders Meta to hand over records of pirated books",
    ),
    (
        "Parliament committee adopts position on AI liability directive",
        "Parliament committee adopts position on digital omnibus",
    ),
    (
        "White House releases AI action plan with ninety federal measures",
        "White House releases AI education plan with federal school measures",
    ),
    (
        "Written answer by the Minister of Justice on support for small law firms",
        "Written answer by the Minister of Justice on workload in large law firms",
    ),
    (
        "Sanctions and Illicit Finance Monitoring Network: Lisbon report",
        "Sanctions and Illicit Finance Monitoring Network: Riga report",
    ),
    (
        "Authors sue Apple over training of language models",
        "Authors sue Salesforce over training of language models",
    ),
    (
        "Protesters in Paris block entrance of data centre over water use",
        "Protesters in Chicago block entrance of data centre over water use",
    ),
    (
        "Chip exports of foundries rose in October, customs data show",
        "Chip exports of foundries rose in November, customs data show",
    ),
    (
        "Senate committee questions lobbyists on wafer smuggling through ports",
        "House committee questions lobbyists on wafer smuggling through ports",
    ),
    (
        "Duma passes deepfake penalties in first reading despite protests of publishers",
        "Duma passes deepfake penalties in second reading despite protests of publishers",
    ),
]

DIFFERENT_ELSEWHERE = [
    (
        "Bundestag stimmt für Gesetz zur Gesichtserkennung an Bahnhöfen",
        "Bundestag stimmt gegen Gesetz zur Gesichtserkennung an Bahnhöfen",
        "de",
    ),
    (
        "Le Sénégal adopte sa stratégie nationale d'intelligence artificielle",
        "Le Maroc adopte sa stratégie nationale d'intelligence artificielle",
        "fr",
    ),
    (
        "La AEPD multa a Vodafone por filtrar datos de clientes con inteligencia artificial",
        "La AEPD multa a Orange por filtrar datos de clientes con inteligencia artificial",
        "es",
    ),
    (
        "Роскомнадзор оштрафовал Google за отказ удалить запрещенный контент",
        "Роскомнадзор оштрафовал Meta за отказ удалить запрещенный контент",
        "ru",
    ),
    ("欧盟委员会对谷歌启动反垄断调查涉嫌滥用搜索", "欧盟委员会对苹果启动反垄断调查涉嫌滥用商店", "zh"),
    ("消息称字节跳动将向英伟达采购人工智能芯片", "消息称阿里巴巴将向英伟达采购人工智能芯片", "zh"),
    ("政府、AI半導体に1兆円支援を決定", "政府、AI半導体に2兆円支援を決定", "ja"),
]
