"""Texts of many languages with the sentence cuts that their grammars and style guides call for.

The cuts are written by hand. A line is a language and its sentences, divided by `¶`. In scripts
without spaces `|` divides the words, as the models write them; elsewhere spaces do.
"""

from __future__ import annotations

from collections.abc import Iterator

# Each is cut between the ¶ and nowhere else.
_TEXTS = """
en: I called at 5 p.m. yesterday.
en: I called at 5 p.m. ¶ She was out.
en: The office opens at 8 a.m. on Monday and closes at 6 p.m. ¶ Please call again.
en: Meet me at 5 p.m. Monday at the gate.
en: Acme Inc. called me back. ¶ They want a refund.
en: He works for Acme Inc. ¶ He likes it.
en: It is Sgt. Miller on Main Ave. near the park.
en: My appointment is Jan. 5 at noon.
en: I moved here in Jan. ¶ It was cold.
en: It is apt. 4, approx. five miles away.
en: John Smith Jr. was there. ¶ So was I. ¶ We left early.
en: We go with Plan B. ¶ Thank you.
en: Take vitamin C. ¶ Tomorrow you will feel better.
en: The book is by J. R. R. Tolkien. ¶ I read it twice.
en: George W. Bush spoke first. ¶ Samuel L. Jackson followed.
en: J. Smith and A. B. Jones signed it.
en: Is that No. 5? ¶ No. ¶ It is No. 6.
en: Bring pens, paper, etc. ¶ We start at nine.
en: Bring pens, paper, etc. to the room.
en: He lives in the U.S. ¶ She lives in the U.K. ¶ They meet in Washington D.C. every year.
en: The U.S. Army sent it, e.g. by mail, i.e. slowly.
en: Dr. Brown and Mrs. Green met Prof. White vs. Mr. Black.
en: The price is 3.50 dollars. ¶ Version 2.0 costs 1,000.00 dollars.
en: Write to info@example.com or look at www.example.com. ¶ Thanks!
en: "Are you coming?" he asked. ¶ "Yes." ¶ Then he left.
en: He said, "I am late." ¶ She laughed. ¶ (Nobody else did.) ¶ Then it rained.
en: What?! ¶ Really... ¶ Well, I was... thinking about it.
en: I bought 5. ¶ Then I paid.
en: My iPhone broke. ¶ eBay has one.
en: I saw St. Peter on Elm St. and Mt. Fuji in fig. 3.
en: She has a Ph.D. in law. ¶ She got it in 1999.
en: Lt. Col. Adams and Gen. Lee sent it to Capt. Hook.
en: It weighs 5 lbs. and is 6 ft. long.
en-US: Rev. Jones lives at 5 Oak Blvd. in town. ¶ You know Gov. Hill.
english: Call Mr. Ray at ext. 5. ¶ Ask for Ms. May.
de: Wir treffen uns am 3. Mai um 10 Uhr. ¶ Das passt gut.
de: Im 19. Jahrhundert lebte Dr. Müller in der Hauptstr. 5 in Köln.
de: Er kam am 3. ¶ Danach war alles anders.
de: Es waren 20. ¶ Wir hatten mehr erwartet.
de: Das ist z. B. ein Apfel, d. h. Obst. ¶ Und das ist z.B. Gemüse.
de: Bitte rufen Sie Fr. Schmidt bzw. Hrn. Meier an, Tel. 030 1234.
de: Kaiser Wilhelm II. regierte bis 1918. ¶ Friedrich II. war früher.
de: Das kostet ca. 5 Euro inkl. MwSt. und Versand. ¶ Nein, 3,50 Euro.
de: „Kommst du?“ fragte er. ¶ „Ja.“ ¶ Dann ging er.
de: Die 2. Mannschaft hat zum 3. Mal gewonnen. ¶ Der 1. FC Köln verlor.
de: Wir nehmen Plan B. ¶ Vielen Dank.
de: Wir haben Äpfel, Birnen usw. ¶ Was möchten Sie?
de-DE: Siehe S. 12 und Abs. 3 Nr. 4. ¶ Mehr steht dort nicht.
fr: M. Dupont habite 5 av. Foch. ¶ Mme Durand est absente.
fr: Vous avez rendez-vous avec le Dr. Martin. ¶ Êtes-vous libre ? ¶ Très bien !
fr: Il a dit « Bonjour. » ¶ Puis il est parti.
fr: Le prix est de 3,50 euros, etc. ¶ Merci.
fr: J.-P. Sartre et M. Camus se sont rencontrés. ¶ C'était en 1943.
fr: « Tu viens ? » demanda-t-il. ¶ Elle rit.
es: ¿Cómo está Ud. hoy? ¶ ¡Muy bien! ¶ Gracias.
es: El Sr. García y la Sra. López viven en la Avda. de América. ¶ ¿Los conoce?
es: La Dra. Ruiz llega a las 5 p. m. de la tarde. ¶ Llame después.
es: Vive en EE. UU. desde 1990. ¶ Trabaja mucho.
it: Il sig. Rossi e la dott.ssa Bianchi arrivano alle 5. ¶ Va bene?
it: Il prof. Verdi vive in S. Giovanni. ¶ Lo conosco, ecc. ecc.
pt: O Sr. Silva mora na Av. Paulista, n. 5. ¶ A Dra. Costa também.
pt-BR: O prof. Lima chegou. ¶ Tudo bem?
nl: Dhr. Jansen en mevr. De Vries komen om 5 uur. ¶ Dat is bijv. laat, d.w.z. te laat.
pl: Spotkajmy się z dr. Nowakiem na ul. Długiej, tj. w centrum. ¶ Dobrze?
cs: Přijdu 3. května ve 14 hodin. ¶ Bydlím v ul. Dlouhé, tj. v centru.
da: Vi ses den 3. maj kl. 10. ¶ Det er fint.
nb: Vi møtes den 3. mai kl. 10, f.eks. hjemme. ¶ Takk!
sv: Det är t.ex. bra, dvs. mycket bra. ¶ Tack!
fi: Tapaamme 3. toukokuuta klo 10. ¶ Se sopii, esim. kotona.
hu: A 3. emeleten lakik dr. Kovács. ¶ Jó napot!
tr: Toplantı 3. katta, Dr. Yılmaz ile. ¶ Saat kaçta?
ru: Это было в 1998 г. в Москве. ¶ Потом он уехал.
ru: А. С. Пушкин родился в Москве. ¶ И т. д. и т. п. не пишите.
ru: Он живёт на ул. Ленина, д. 5, кв. 3. ¶ Я знаю его.
ru: «Ты идёшь?» — спросил он. ¶ «Да.» ¶ Он ушёл…
ru: Это стоит 5 руб. за кг. ¶ Спасибо!
uk: Він живе на вул. Шевченка, буд. 5. ¶ Т. Г. Шевченко народився тут. ¶ Добре?
el: Τι κάνεις; ¶ Είμαι καλά. ¶ Ευχαριστώ!
el: Ο κ. Παπαδόπουλος μένει στην οδ. Ερμού. ¶ Τον ξέρετε; ¶ Ναι.
el: Γύρισε π.χ. χθες. ¶ Ήταν 5 μ.μ. στην Αθήνα.
ar: كيف حالك؟ ¶ أنا بخير. ¶ شكرا جزيلا!
ar: وصل د. أحمد اليوم. ¶ هل رأيته؟ ¶ لا.
ar: السعر 3.50 دولار. ¶ هذا جيد؛ شكرا، مع السلامة.
fa: حال شما چطور است؟ ¶ خوبم. ¶ متشکرم!
ur: آپ کیسے ہیں؟ ¶ میں ٹھیک ہوں۔ ¶ شکریہ۔
he: מה שלומך? ¶ אני בסדר. ¶ תודה רבה!
hi: आप कैसे हैं? ¶ मैं ठीक हूँ। ¶ धन्यवाद।
hi: डॉ. शर्मा आज आए। ¶ कीमत 3.50 रुपये है। ¶ श्री. वर्मा नहीं आए।
hi: आप कैसे हैं ? ¶ मैं ठीक हूँ । ¶ धन्यवाद ।
mr: तुम्ही कसे आहात? ¶ मी ठीक आहे. ¶ धन्यवाद.
bn: আপনি কেমন আছেন? ¶ আমি ভালো আছি। ¶ ডা. রায় এসেছেন।
ta: நீங்கள் எப்படி இருக்கிறீர்கள்? ¶ நான் நலம். ¶ நன்றி.
hy: Ո՞վ է նա։ ¶ Նա իմ ընկերն է։ ¶ Շնորհակալություն։
ka: როგორ ხართ? ¶ კარგად. ¶ მადლობა.
am: እንዴት ነህ፧ ¶ ደህና ነኝ። ¶ አመሰግናለሁ።
vi: Ông TS. Nguyễn Văn An sống ở TP. Hồ Chí Minh. ¶ Cảm ơn!
id: Bpk. Budi tinggal di Jl. Merdeka No. 5. ¶ Terima kasih.
ko: 오늘은 비가 옵니다. ¶ 내일은 맑을까요? ¶ 네, 3.5도입니다. ¶ 감사합니다!
my: နေ|ကောင်း|လား။ ¶ ကျွန်တော်|နေ|ကောင်း|ပါ|တယ်။
km: តើ|អ្នក|សុខសប្បាយ|ទេ? ¶ ខ្ញុំ|សុខសប្បាយ។ ¶ អរគុណ។
th: สวัสดี|ครับ|วันนี้|ฝน|ตก
th: ดร.|สมชาย|มา|แล้ว|ไหม? ¶ ยัง|ครับ
lo: ສະບາຍດີ|ບໍ່? ¶ ຂ້ອຍ|ສະບາຍດີ.
ja: はい、|今日|は|雨|です。 ¶ 明日|は|晴れ|です|か？ ¶ 本当|に|！
ja: 彼|は|「はい。」|と|言い|まし|た。 ¶ 私|も|です。
ja: 「今日|は|雨|だ。|明日|は|晴れ|だ。」|と|彼|は|言っ|た。 ¶ 本当|だ。
ja: 円周率|は|3.14|です。 ¶ OK|です。 ¶ J.|R.|R.|Tolkien|の|本|です。
ja: 三人|（一人|は|子供）|い|ます。 ¶ 「はい！」 ¶ 「いいえ。」
zh: 今天|下雨。 ¶ 明天|呢？ ¶ 太|好|了！ ¶ 我|不|知道……
zh: 价格|是|3.50|元。 ¶ “你|好|吗？”|他|问。 ¶ 她|说：|“好。”
zh-TW: 「你|好|嗎？」|他|問。 ¶ 我|很|好！！ ¶ 謝謝。
yue: 你|食|咗|飯|未|呀？ ¶ 食|咗|喇。
en: The U.N. met at 9:30 a.m. EST in New York. ¶ Nobody came.
en: She moved from St. Louis to Ft. Worth, Tex. in Sept. 2020. ¶ Is that right?
en: Good morning, Mrs. Robinson. ¶ This is Dr. J. Watson from St. Mary's Hospital.
en: My zip is 90210. ¶ My name is Al. ¶ I am from Minn. originally.
en: Call me at ext. 12 before 5 p.m. ¶ Otherwise leave a message.
en: I had an appointment on Fri. at ten. ¶ Could you move it to Tues. the 4th?
en: I ate a fig. ¶ Then I sat. ¶ The sun was hot.
en: Is it you, Mr. President? ¶ Yes, it is I. ¶ Good.
en: We have offices in the U.S.A. and the U.K. ¶ Which one do you mean?
en: He earned $3.5 million vs. $2.1 million in 2019. ¶ Not bad.
en: Unit 4B. ¶ Or was it Apt. C?
en: Let me check... ¶ Okay, found it. ¶ It's order no. 4711.
en: Hepatitis B. ¶ He was vaccinated. ¶ Option A. ¶ Please.
en: "I don't know." ¶ "Neither do I." ¶ They left.
en: Gen. Electric Co. shares rose 3.2 percent. ¶ Wow!
en: i called at 5 p.m. yesterday. ¶ she was out. ¶ dr. brown called back.
en: Do you mean John F. Kennedy or Robert F. Kennedy? ¶ John.
en: The package is approx. 3 lbs. and 12 in. wide. ¶ It ships via FedEx Corp. today.
en-GB: Mr Jones and Dr Smith met at No. 10. ¶ They talked.
de: Der Termin ist am 24. Dezember um 14.30 Uhr. ¶ Am 25. haben wir zu.
de: Ich wohne im 3. Stock. ¶ Klingeln Sie bei Prof. Dr. Weber.
de: Die Fa. Müller GmbH & Co. KG hat angerufen. ¶ Es geht um Rechnung Nr. 17.
de: Er ist 30. ¶ Sie ist 28. ¶ Gut.
de: Vgl. dazu Art. 5 GG. ¶ Das war's.
de: Ich komme gg. 10 Uhr, d. h. etwas später. ¶ Passt das?
fr: Rendez-vous le 3 mai à 14 h. ¶ Merci, M. le directeur.
fr: Le Pr. Lefèvre et Mme. Petit, p. ex. à Paris. ¶ Voilà.
fr: Attendez... ¶ Je regarde. ¶ C'est le no. 12 de l'av. Victor Hugo.
es: Llamé a la Srta. Pérez el lunes. ¶ No contestó... ¶ ¿Puede llamarla?
es: El Dr. J. Ruiz vive en la C/ Mayor, n.º 5. ¶ ¿De verdad? ¶ Sí.
it: La sig.ra Conti abita in p.za Dante n. 7. ¶ È lontano?
pt: Chegou às 5 p.m. do dia 3. ¶ O Exmo. Sr. Diretor agradece.
nl: De heer A. de Vries woont op nr. 5. ¶ Klopt dat?
sv: Hon kom kl. 8 på morgonen. ¶ Han kom ca. 9, bl.a. med tåg.
da: Hr. Jensen bor på 2. sal. ¶ Det er rigtigt, ikke? ¶ Jo.
pl: Urodził się 3. dnia maja 1990 r. w Krakowie. ¶ Mieszka tam do dziś.
fi: Hän tuli 2. kerran. ¶ Kiitos!
ru: Встреча в 10 ч. утра, т. е. рано. ¶ Приходите!
ru: Это г. Москва, пр. Мира, стр. 4. ¶ Он позвонил в 2020 г. ¶ Я ответил.
ru: Иванов И. И. звонил вчера. ¶ Кто это?
uk: Зустріч о 10 год. ранку, напр. у вівторок. ¶ Згода?
el: Έφυγε στις 5 π.μ. ¶ Πού πήγε; ¶ Δεν ξέρω…
ar: «أين أنت؟» ¶ سألت أمي. ¶ أنا في البيت۔
hi: क्या आप कल आएंगे? ¶ हाँ, श्रीमती गुप्ता। ¶ ए. पी. जे. अब्दुल कलाम महान थे।
ko: 김 박사님은 "네." ¶ 그리고 갔어요. ¶ 정말요? ¶ 네!
ja: 値段|は|1,000|円|です。 ¶ 高い|です|ね！？ ¶ そう|です|ね…
ja: 田中|さん、|こんにちは。 ¶ ところで、|元気|です|か？
zh: 请|问|您|几|点|来？ ¶ 下午|3|点。 ¶ 谢谢！
zh: 会议|在|3.5|楼|，|别|迟到|。 ¶ 好|的|。
th: สวัสดี|ค่ะ|ปี|พ.ศ.|2567|นะ|คะ
None: Yes. ¶ はい。 ¶ Да. ¶ Oui, M. Dupont.
None: Τι κάνεις; ¶ Fine; thanks. ¶ Good.
multi: Hello there. ¶ ¿Cómo está? ¶ Mr. Smith está bien.
"""

SPACELESS = {"my", "km", "th", "lo", "ja", "zh", "zh-TW", "yue"}


def texts() -> Iterator[tuple[str | None, list[list[str]]]]:
    """Yield a language with its sentences, each a list of words."""
    for line in _TEXTS.strip().splitlines():
        language, _, text = line.partition(": ")
        divider = "|" if language in SPACELESS else None
        sentences = [
            [word for word in sentence.strip().split(divider) if word]
            for sentence in text.split("¶")
        ]
        yield (None if language == "None" else language), sentences
