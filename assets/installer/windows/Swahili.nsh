; The texts of the setup's pages in Swahili, which NSIS does not have itself: those of the pages that setup.nsi shows.

!insertmacro LANGFILE "Swahili" = "Kiswahili" =

!ifdef MUI_WELCOMEPAGE
  ${LangFileString} MUI_TEXT_WELCOME_INFO_TITLE "Karibu kwenye usakinishaji wa $(^NameDA)"
  ${LangFileString} MUI_TEXT_WELCOME_INFO_TEXT "Utaongozwa kusakinisha $(^NameDA).$\r$\n$\r$\nInapendekezwa ufunge programu nyingine zote kabla ya kuanza. Hivyo faili za mfumo zinaweza kusasishwa bila kuwasha upya kompyuta.$\r$\n$\r$\n$_CLICK"
!endif

!ifdef MUI_COMPONENTSPAGE
  ${LangFileString} MUI_TEXT_COMPONENTS_TITLE "Chagua sehemu"
  ${LangFileString} MUI_TEXT_COMPONENTS_SUBTITLE "Chagua sehemu za $(^NameDA) unazotaka kusakinisha."
!endif

!ifdef MUI_UNCOMPONENTSPAGE
  ${LangFileString} MUI_UNTEXT_COMPONENTS_TITLE "Chagua sehemu"
  ${LangFileString} MUI_UNTEXT_COMPONENTS_SUBTITLE "Chagua sehemu za $(^NameDA) unazotaka kuondoa."
!endif

!ifdef MUI_COMPONENTSPAGE | MUI_UNCOMPONENTSPAGE
  ${LangFileString} MUI_INNERTEXT_COMPONENTS_DESCRIPTION_TITLE "Maelezo"
  !ifndef NSIS_CONFIG_COMPONENTPAGE_ALTERNATIVE
    ${LangFileString} MUI_INNERTEXT_COMPONENTS_DESCRIPTION_INFO "Weka kielekezi cha kipanya juu ya sehemu ili kuona maelezo yake."
  !else
    ${LangFileString} MUI_INNERTEXT_COMPONENTS_DESCRIPTION_INFO "Chagua sehemu ili kuona maelezo yake."
  !endif
!endif

!ifdef MUI_INSTFILESPAGE
  ${LangFileString} MUI_TEXT_INSTALLING_TITLE "Inasakinisha"
  ${LangFileString} MUI_TEXT_INSTALLING_SUBTITLE "Tafadhali subiri wakati $(^NameDA) inasakinishwa."
  ${LangFileString} MUI_TEXT_FINISH_TITLE "Usakinishaji umekamilika"
  ${LangFileString} MUI_TEXT_FINISH_SUBTITLE "Usakinishaji umekamilika vizuri."
  ${LangFileString} MUI_TEXT_ABORT_TITLE "Usakinishaji umesitishwa"
  ${LangFileString} MUI_TEXT_ABORT_SUBTITLE "Usakinishaji haukukamilika."
!endif

!ifdef MUI_UNINSTFILESPAGE
  ${LangFileString} MUI_UNTEXT_UNINSTALLING_TITLE "Inaondoa"
  ${LangFileString} MUI_UNTEXT_UNINSTALLING_SUBTITLE "Tafadhali subiri wakati $(^NameDA) inaondolewa."
  ${LangFileString} MUI_UNTEXT_FINISH_TITLE "Uondoaji umekamilika"
  ${LangFileString} MUI_UNTEXT_FINISH_SUBTITLE "Uondoaji umekamilika vizuri."
  ${LangFileString} MUI_UNTEXT_ABORT_TITLE "Uondoaji umesitishwa"
  ${LangFileString} MUI_UNTEXT_ABORT_SUBTITLE "Uondoaji haukukamilika."
!endif

!ifdef MUI_FINISHPAGE
  ${LangFileString} MUI_TEXT_FINISH_INFO_TITLE "Usakinishaji wa $(^NameDA) umekamilika"
  ${LangFileString} MUI_TEXT_FINISH_INFO_TEXT "$(^NameDA) imesakinishwa kwenye kompyuta yako.$\r$\n$\r$\nBonyeza Maliza ili kufunga kisakinishi."
  ${LangFileString} MUI_TEXT_FINISH_INFO_REBOOT "Kompyuta yako lazima iwashwe upya ili usakinishaji wa $(^NameDA) ukamilike. Unataka kuiwasha upya sasa?"
!endif

!ifdef MUI_FINISHPAGE | MUI_UNFINISHPAGE
  ${LangFileString} MUI_TEXT_FINISH_REBOOTNOW "Washa upya sasa"
  ${LangFileString} MUI_TEXT_FINISH_REBOOTLATER "Nitawasha upya mwenyewe baadaye"
  ${LangFileString} MUI_TEXT_FINISH_RUN "&Fungua $(^NameDA)"
  ${LangFileString} MUI_TEXT_FINISH_SHOWREADME "&Onyesha Nisome"
  ${LangFileString} MUI_BUTTONTEXT_FINISH "&Maliza"
!endif
