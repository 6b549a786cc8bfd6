; The installer for one person on Windows, with no administrator. tools/windows/installer.py runs this and gives
; VERSION, NUMBERS, BUNDLE (the built program), MEGABYTES (what must be free), SENTENCES, ICON and OUT; where there
; is a certificate, SIGN too: the command that signs the uninstaller.
;
;   kolibri-desktop-VERSION-setup.exe /S [/D=C:\a folder]     install or upgrade without a question; /D comes last
;   uninstall.exe /S [/DELETEDATA]                           remove the program; the school's data only if asked to
;
; 0 done; 1 ended by the person; 2 not written; 3 a newer version is installed; 4 it runs and does not close;
; 5 not enough room; 6 Windows is too old; 7 the new program does not start here. After 2 to 7 the old program,
; if there was one, is as it was.
Unicode true
Target amd64-unicode
ManifestDPIAware true
ManifestSupportedOS Win10
!ifdef QUICK
  SetCompress off
!else
  SetCompressor /SOLID lzma
  SetCompressorDictSize 32
!endif

!ifdef SIGN
  !uninstfinalize `${SIGN} "%1"` = 0
!endif

!define TITLE "Kolibri Desktop"
!define PROGRAM "kolibri-desktop.exe"
!define UNINSTALL "Software\Microsoft\Windows\CurrentVersion\Uninstall\KolibriDesktop"
!define WEBVIEW2 "Microsoft\EdgeUpdate\Clients\{F3017226-FE2A-4295-8BDF-00C3A9A7E4C5}"
; Where the program keeps the school's data, and what lies in each such folder.
!define DATA "$LOCALAPPDATA\${TITLE}"
!define MARK "kolibri-desktop.json"

Name "${TITLE}"
OutFile "${OUT}"
RequestExecutionLevel user
InstallDir "$LOCALAPPDATA\Programs\${TITLE}"
InstallDirRegKey HKCU "${UNINSTALL}" "InstallLocation"
BrandingText "${TITLE} ${VERSION}"
ShowInstDetails nevershow
ShowUninstDetails nevershow
VIProductVersion "${NUMBERS}"
VIAddVersionKey /LANG=0 "ProductName" "${TITLE}"
VIAddVersionKey /LANG=0 "ProductVersion" "${VERSION}"
VIAddVersionKey /LANG=0 "FileVersion" "${VERSION}"
VIAddVersionKey /LANG=0 "FileDescription" "${TITLE}"
VIAddVersionKey /LANG=0 "CompanyName" "The Kolibri Desktop developers"
VIAddVersionKey /LANG=0 "LegalCopyright" "MIT License"

!include "MUI2.nsh"
!include "LogicLib.nsh"
!include "FileFunc.nsh"
!include "Sections.nsh"
!include "WinVer.nsh"
!include "WordFunc.nsh"
!include "x64.nsh"

!define MUI_ICON "${ICON}"
!define MUI_UNICON "${ICON}"
!define MUI_FINISHPAGE_RUN "$INSTDIR\${PROGRAM}"
!insertmacro MUI_PAGE_WELCOME
!insertmacro MUI_PAGE_INSTFILES
!insertmacro MUI_PAGE_FINISH
!insertmacro MUI_UNPAGE_COMPONENTS
!insertmacro MUI_UNPAGE_INSTFILES
!include "${SENTENCES}"

; Say why, and end with that status. Nobody is asked in silent mode.
!macro Refuse STATUS SENTENCE
  MessageBox MB_OK|MB_ICONEXCLAMATION "$(${SENTENCE})" /SD IDOK
  SetErrorLevel ${STATUS}
  Quit
!macroend
!define Refuse "!insertmacro Refuse"

; Ask the copy that runs to end, as the program's own --stop does, and wait until nothing holds the program's file.
; Not ExecWait: a damaged program may show a box and wait for somebody who is not there.
!macro Stop NEXT
  ${If} ${FileExists} "$INSTDIR\${PROGRAM}"
    DetailPrint "$(CLOSING)"
    Exec '"$INSTDIR\${PROGRAM}" --stop'
    StrCpy $R0 0
    ${Do}
      ClearErrors
      ; Windows lets nobody write to a program that runs.
      FileOpen $R1 "$INSTDIR\${PROGRAM}" a
      ${IfNot} ${Errors}
        FileClose $R1
        ${ExitDo}
      ${EndIf}
      ${If} $R0 >= 120
        RMDir /r "${NEXT}"
        ${Refuse} 4 RUNNING
      ${EndIf}
      Sleep 250
      IntOp $R0 $R0 + 1
    ${Loop}
  ${EndIf}
!macroend

; Move what is there. A virus scanner may hold it for a moment, so this tries for ten seconds before it leaves an error.
!macro Move FROM TO
  StrCpy $R3 0
  ${Do}
    ClearErrors
    ${IfNot} ${FileExists} "${FROM}"
      ${ExitDo}
    ${EndIf}
    Rename "${FROM}" "${TO}"
    ${IfNot} ${Errors}
      ${ExitDo}
    ${EndIf}
    ${If} $R3 >= 20
      SetErrors
      ${ExitDo}
    ${EndIf}
    Sleep 500
    IntOp $R3 $R3 + 1
  ${Loop}
!macroend
!define Move "!insertmacro Move"

Function .onInit
  ${IfNot} ${RunningX64}
  ${OrIfNot} ${AtLeastWin10}
  ${OrIfNot} ${AtLeastBuild} 17763
    ${Refuse} 6 OLD_WINDOWS
  ${EndIf}
  ReadRegStr $0 HKCU "${UNINSTALL}" "DisplayVersion"
  ${If} $0 != ""
    ${VersionCompare} "${VERSION}" "$0" $1
    ${If} $1 == 2
      ${Refuse} 3 NEWER
    ${EndIf}
  ${EndIf}
  ${GetRoot} "$INSTDIR" $0
  ClearErrors
  ${DriveSpace} "$0\" "/D=F /S=M" $1
  ${IfNot} ${Errors}
  ${AndIf} $1 < ${MEGABYTES}
    ${Refuse} 5 NO_ROOM
  ${EndIf}
FunctionEnd

Section "-program"
  ; What an installation left that was cut off; the old program goes back first if it was just being moved.
  ${IfNot} ${FileExists} "$INSTDIR\_internal\*.*"
    ${Move} "$INSTDIR\old\_internal" "$INSTDIR\_internal"
  ${EndIf}
  ${IfNot} ${FileExists} "$INSTDIR\${PROGRAM}"
    ${Move} "$INSTDIR\old\${PROGRAM}" "$INSTDIR\${PROGRAM}"
  ${EndIf}
  RMDir /r "$INSTDIR\next"
  RMDir /r "$INSTDIR\old"

  ; Beside the old program, so that nothing is lost when this is cut off or the disk fills up.
  ClearErrors
  SetOutPath "$INSTDIR\next"
  File /r "${BUNDLE}/*"
  ${If} ${Errors}
    SetOutPath "$TEMP"
    RMDir /r "$INSTDIR\next"
    ${Refuse} 2 NOT_WRITTEN
  ${EndIf}
  SetOutPath "$TEMP"
  ClearErrors
  ExecWait '"$INSTDIR\next\${PROGRAM}" --version' $0
  ${If} ${Errors}
  ${OrIf} $0 != 0
    RMDir /r "$INSTDIR\next"
    ${Refuse} 7 NOT_STARTING
  ${EndIf}
  !insertmacro Stop "$INSTDIR\next"

  ; They change places. What cannot be moved is in use, and all goes back.
  CreateDirectory "$INSTDIR\old"
  StrCpy $R2 ""
  ${Move} "$INSTDIR\_internal" "$INSTDIR\old\_internal"
  ; Each question for errors forgets them, hence one inside the other.
  ${IfNot} ${Errors}
    ${Move} "$INSTDIR\${PROGRAM}" "$INSTDIR\old\${PROGRAM}"
    ${IfNot} ${Errors}
      ${Move} "$INSTDIR\next\_internal" "$INSTDIR\_internal"
      ${IfNot} ${Errors}
        ${Move} "$INSTDIR\next\${PROGRAM}" "$INSTDIR\${PROGRAM}"
        ${IfNot} ${Errors}
          StrCpy $R2 "moved"
        ${EndIf}
      ${EndIf}
    ${EndIf}
  ${EndIf}
  ${If} $R2 == ""
    ${If} ${FileExists} "$INSTDIR\old\_internal"
      ${Move} "$INSTDIR\_internal" "$INSTDIR\next\_internal"
      ${Move} "$INSTDIR\old\_internal" "$INSTDIR\_internal"
    ${EndIf}
    ${Move} "$INSTDIR\old\${PROGRAM}" "$INSTDIR\${PROGRAM}"
    RMDir /r "$INSTDIR\next"
    RMDir "$INSTDIR\old"
    ${Refuse} 4 RUNNING
  ${EndIf}
  RMDir /r "$INSTDIR\next"
  RMDir /r "$INSTDIR\old"

  ; The links start the program in the folder that is set here.
  SetOutPath "$INSTDIR"
  WriteUninstaller "$INSTDIR\uninstall.exe"
  CreateShortcut "$SMPROGRAMS\${TITLE}.lnk" "$INSTDIR\${PROGRAM}"
  CreateShortcut "$DESKTOP\${TITLE}.lnk" "$INSTDIR\${PROGRAM}"
  WriteRegStr HKCU "${UNINSTALL}" "DisplayName" "${TITLE}"
  WriteRegStr HKCU "${UNINSTALL}" "DisplayVersion" "${VERSION}"
  WriteRegStr HKCU "${UNINSTALL}" "DisplayIcon" "$INSTDIR\${PROGRAM}"
  WriteRegStr HKCU "${UNINSTALL}" "Publisher" "The Kolibri Desktop developers"
  WriteRegStr HKCU "${UNINSTALL}" "InstallLocation" "$INSTDIR"
  WriteRegStr HKCU "${UNINSTALL}" "UninstallString" '"$INSTDIR\uninstall.exe"'
  WriteRegStr HKCU "${UNINSTALL}" "QuietUninstallString" '"$INSTDIR\uninstall.exe" /S'
  WriteRegDWORD HKCU "${UNINSTALL}" "NoModify" 1
  WriteRegDWORD HKCU "${UNINSTALL}" "NoRepair" 1
  ${GetSize} "$INSTDIR" "/S=0K" $0 $1 $2
  WriteRegDWORD HKCU "${UNINSTALL}" "EstimatedSize" "$0"
SectionEnd

; What the window needs is part of Windows 11; for others its installer lies beside this one on the stick. Without it
; the program opens in the browser, so that it is no failure here when it cannot be installed.
Section "-engine"
  ReadRegStr $0 HKLM "SOFTWARE\WOW6432Node\${WEBVIEW2}" "pv"
  ReadRegStr $1 HKCU "Software\${WEBVIEW2}" "pv"
  ; As app/platforms/windows.py counts: from 86 on; comparing numbers reads as far as the first point.
  ${If} $0 < 86
  ${AndIf} $1 < 86
    FindFirst $2 $3 "$EXEDIR\MicrosoftEdgeWebView2*X64*.exe"
    ${If} $3 != ""
      DetailPrint "$(ENGINE)"
      ExecWait '"$EXEDIR\$3" /silent /install'
    ${EndIf}
    FindClose $2
  ${EndIf}
SectionEnd

Section "un.$(PROGRAM)"
  SectionIn RO
  !insertmacro Stop "$INSTDIR\next"
  RMDir /r "$INSTDIR\_internal"
  RMDir /r "$INSTDIR\next"
  RMDir /r "$INSTDIR\old"
  Delete "$INSTDIR\${PROGRAM}"
  Delete "$INSTDIR\uninstall.exe"
  RMDir "$INSTDIR"
  Delete "$SMPROGRAMS\${TITLE}.lnk"
  Delete "$DESKTOP\${TITLE}.lnk"
  DeleteRegKey HKCU "${UNINSTALL}"
SectionEnd

Section /o "un.$(DATA)" school_data
  ${If} ${FileExists} "${DATA}\${MARK}"
    RMDir /r "${DATA}"
  ${EndIf}
SectionEnd

Function un.onInit
  ${GetParameters} $0
  ClearErrors
  ${GetOptions} $0 "/DELETEDATA" $1
  ${IfNot} ${Errors}
    !insertmacro SelectSection ${school_data}
  ${EndIf}
FunctionEnd
