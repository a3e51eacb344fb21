<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="ja_JP" sourcelanguage="en">
<context>
    <name>Actions</name>
    <message>
        <source>File</source>
        <translation>ファイル</translation>
    </message>
    <message>
        <source>View</source>
        <translation>表示</translation>
    </message>
    <message>
        <source>Time</source>
        <translation>時刻</translation>
    </message>
    <message>
        <source>Alarms</source>
        <translation>警報</translation>
    </message>
    <message>
        <source>Tools</source>
        <translation>ツール</translation>
    </message>
    <message>
        <source>Help</source>
        <translation>ヘルプ</translation>
    </message>
    <message>
        <source>Save picture of the window</source>
        <translation>画面の画像を保存</translation>
    </message>
    <message>
        <source>Close desk</source>
        <translation>デスクを閉じる</translation>
    </message>
    <message>
        <source>Layout: Pass</source>
        <translation>配置：パス</translation>
    </message>
    <message>
        <source>Layout: Entry &amp;&amp; Recovery</source>
        <translation>配置：再突入・回収</translation>
    </message>
    <message>
        <source>Layout: Analysis</source>
        <translation>配置：解析</translation>
    </message>
    <message>
        <source>Layout: Training</source>
        <translation>配置：訓練</translation>
    </message>
    <message>
        <source>Reset this layout</source>
        <translation>この配置を元に戻す</translation>
    </message>
    <message>
        <source>New plot</source>
        <translation>新しいプロット</translation>
    </message>
    <message>
        <source>Larger at next start</source>
        <translation>次の起動から大きく</translation>
    </message>
    <message>
        <source>Smaller at next start</source>
        <translation>次の起動から小さく</translation>
    </message>
    <message>
        <source>Light theme at next start</source>
        <translation>次の起動から明るい配色</translation>
    </message>
    <message>
        <source>Full screen</source>
        <translation>全画面</translation>
    </message>
    <message>
        <source>Pause or go on</source>
        <translation>一時停止・再開</translation>
    </message>
    <message>
        <source>pause</source>
        <translation>一時停止</translation>
    </message>
    <message>
        <source>Back to live</source>
        <translation>ライブに戻る</translation>
    </message>
    <message>
        <source>live</source>
        <translation>ライブ</translation>
    </message>
    <message>
        <source>One packet back</source>
        <translation>1パケット戻る</translation>
    </message>
    <message>
        <source>One packet on</source>
        <translation>1パケット進む</translation>
    </message>
    <message>
        <source>Ten seconds back</source>
        <translation>10秒戻る</translation>
    </message>
    <message>
        <source>Ten seconds on</source>
        <translation>10秒進む</translation>
    </message>
    <message>
        <source>Beginning of the archive</source>
        <translation>記録の先頭</translation>
    </message>
    <message>
        <source>End of the archive</source>
        <translation>記録の末尾</translation>
    </message>
    <message>
        <source>Replay slower</source>
        <translation>再生を遅く</translation>
    </message>
    <message>
        <source>Replay faster</source>
        <translation>再生を速く</translation>
    </message>
    <message>
        <source>Replay the other way</source>
        <translation>再生の向きを逆に</translation>
    </message>
    <message>
        <source>As known now</source>
        <translation>後着分も表示</translation>
    </message>
    <message>
        <source>Plots by reception time</source>
        <translation>プロットを受信時刻で</translation>
    </message>
    <message>
        <source>Acknowledge the selected alarm</source>
        <translation>選んだ警報を確認</translation>
    </message>
    <message>
        <source>acknowledge</source>
        <translation>確認</translation>
    </message>
    <message>
        <source>Plot at the alarm&apos;s second</source>
        <translation>警報の時刻のプロット</translation>
    </message>
    <message>
        <source>Go to parameter, panel, time</source>
        <translation>パラメータ・パネル・時刻へ移動</translation>
    </message>
    <message>
        <source>Keys</source>
        <translation>操作キー一覧</translation>
    </message>
    <message>
        <source>keys</source>
        <translation>操作表</translation>
    </message>
    <message>
        <source>About Okaeri</source>
        <translation>Okaeri について</translation>
    </message>
</context>
<context>
    <name>AlarmRows</name>
    <message>
        <source>change per second not {0}</source>
        <translation>1 秒あたりの変化が {0} の外</translation>
    </message>
    <message>
        <source>state {0}</source>
        <translation>状態 {0}</translation>
    </message>
    <message>
        <source>{0} when {1}</source>
        <translation>{0} ({1} のとき)</translation>
    </message>
</context>
<context>
    <name>AlarmSound</name>
    <message>
        <source>Critical alarm: {0}</source>
        <translation>重大アラーム: {0}</translation>
    </message>
</context>
<context>
    <name>AlarmsPanel</name>
    <message>
        <source>Alarms</source>
        <translation>警報</translation>
    </message>
    <message>
        <source>No alarm stands</source>
        <translation>発生中の警報はない</translation>
    </message>
    <message>
        <source>note to the acknowledgement …</source>
        <translation>確認のメモ …</translation>
    </message>
    <message>
        <source>Acknowledge A</source>
        <translation>確認 A</translation>
    </message>
    <message>
        <source>Plot at this second P</source>
        <translation>この時刻をプロット P</translation>
    </message>
    <message>
        <source>Sound of alarms that wait for an acknowledgement, on this desk</source>
        <translation>未確認アラームの音（この卓）</translation>
    </message>
    <message>
        <source>Alarms · {0} to acknowledge</source>
        <translation>警報 · 未確認 {0}</translation>
    </message>
    <message>
        <source>not acknowledged: {0}</source>
        <translation>確認できませんでした: {0}</translation>
    </message>
    <message>
        <source>Plot P</source>
        <translation>プロット P</translation>
    </message>
    <message>
        <source>nothing received yet</source>
        <translation>まだ受信なし</translation>
    </message>
    <message>
        <source>no contact: no alarm stood at its end</source>
        <translation>交信なし：交信終了時の警報なし</translation>
    </message>
    <message>
        <source>alarms of that time, cannot be acknowledged</source>
        <translation>当時の警報、確認不可</translation>
    </message>
    <message>
        <source>the selected alarm has gone; select one</source>
        <translation>選択したアラームは消えました。選び直してください</translation>
    </message>
    <message>
        <source>{0} new below</source>
        <translation>下に新着 {0} 件</translation>
    </message>
    <message>
        <source>Sound on</source>
        <translation>音 オン</translation>
    </message>
    <message>
        <source>Sound off</source>
        <translation>音 オフ</translation>
    </message>
    <message>
        <source>UNACK</source>
        <translation>未確認</translation>
    </message>
    <message>
        <source>ACK</source>
        <translation>確認済</translation>
    </message>
    <message>
        <source>RTN-UN</source>
        <translation>復帰未確認</translation>
    </message>
    <message>
        <source>back to normal {0} · worst {1} · count {2}</source>
        <translation>{0} 正常に復帰 · 最悪 {1} · {2} 回</translation>
    </message>
    <message>
        <source>worst {0} · count {1} · standing {2}</source>
        <translation>最悪 {0} · {1} 回 · 継続 {2}</translation>
    </message>
    <message>
        <source>acknowledged {0} {1}{2}</source>
        <translation>{0} が確認 {1}{2}</translation>
    </message>
</context>
<context>
    <name>Arrangement</name>
    <message>
        <source>The kept layout is damaged; this is the default one.</source>
        <translation>保存された画面配置が壊れているため、既定の配置を使用</translation>
    </message>
    <message>
        <source>{0} (new)</source>
        <translation>{0}（新）</translation>
    </message>
</context>
<context>
    <name>Banner</name>
    <message>
        <source>Replaying {0}. These are not the present values.</source>
        <translation>記録 {0} を再生しています。いまの機体の値ではありません。</translation>
    </message>
    <message>
        <source>Simulated data. No spacecraft sent this.</source>
        <translation>模擬データです。実際の機体からのものではありません。</translation>
    </message>
    <message>
        <source>Training. No spacecraft sent this.</source>
        <translation>訓練中です。実際の機体からのものではありません。</translation>
    </message>
    <message>
        <source>Now {0}   {1}</source>
        <translation>現在 {0}   {1}</translation>
    </message>
</context>
<context>
    <name>ClockBar</name>
    <message>
        <source>Clock bar</source>
        <translation>時計バー</translation>
    </message>
    <message>
        <source>LIVE</source>
        <translation>ライブ</translation>
    </message>
    <message>
        <source>PAUSED</source>
        <translation>停止中</translation>
    </message>
    <message>
        <source>REPLAY</source>
        <translation>再生</translation>
    </message>
    <message>
        <source>stands</source>
        <translation>静止</translation>
    </message>
    <message>
        <source>as known now</source>
        <translation>後着分も含む</translation>
    </message>
    <message>
        <source>MET</source>
        <translation>ミッション経過時間</translation>
    </message>
    <message>
        <source>since {0}</source>
        <translation>{0} から</translation>
    </message>
    <message>
        <source>Phase</source>
        <translation>フェーズ</translation>
    </message>
    <message>
        <source>nothing received</source>
        <translation>受信なし</translation>
    </message>
    <message>
        <source>{0} · {1} bad</source>
        <translation>{0} · 不良 {1}</translation>
    </message>
    <message>
        <source>of that time, read only</source>
        <translation>当時の警報、確認不可</translation>
    </message>
    <message>
        <source>{0} to acknowledge</source>
        <translation>未確認 {0}</translation>
    </message>
    <message>
        <source>none to acknowledge</source>
        <translation>未確認なし</translation>
    </message>
</context>
<context>
    <name>CommandPalette</name>
    <message>
        <source>Go to parameter, panel, time</source>
        <translation>パラメータ・パネル・時刻へ移動</translation>
    </message>
</context>
<context>
    <name>Commands</name>
    <message>
        <source>Saved {0}</source>
        <translation>{0} に保存しました</translation>
    </message>
    <message>
        <source>Cannot write {0}</source>
        <translation>{0} に書けません</translation>
    </message>
    <message>
        <source>Okaeri {0}, telemetry and operations console; Apache-2.0</source>
        <translation>Okaeri {0} テレメトリ・運用コンソール（Apache-2.0）</translation>
    </message>
    <message>
        <source>Size {0} % at next start</source>
        <translation>次の起動から大きさ {0} %</translation>
    </message>
</context>
<context>
    <name>Contact</name>
    <message>
        <source>nothing received yet</source>
        <translation>まだ受信なし</translation>
    </message>
    <message>
        <source>no contact since {0}</source>
        <translation>{0} から通信なし</translation>
    </message>
    <message>
        <source>AOS {0}</source>
        <translation>AOS {0}</translation>
    </message>
    <message>
        <source>AOS was {0}</source>
        <translation>AOS は {0}（予測）</translation>
    </message>
</context>
<context>
    <name>DeskWindow</name>
    <message>
        <source>Panels</source>
        <translation>パネル</translation>
    </message>
    <message>
        <source>Opening {0}</source>
        <translation>{0} を開いています</translation>
    </message>
    <message>
        <source>archive {0}</source>
        <translation>記録 {0}</translation>
    </message>
    <message>
        <source>{0} was moved, deleted or replaced: nothing new is shown. Open the archive where it is now</source>
        <translation>{0} は移動・削除・置換されました。新しいデータは表示されません。今の場所から開き直してください</translation>
    </message>
    <message>
        <source>Nobody records any more since {0}: the recorder of {1} has ended. Start it again</source>
        <translation>{0} から誰も記録していない: {1} の記録装置が終了した。起動し直すこと</translation>
    </message>
    <message>
        <source>Waiting for the archive {0}</source>
        <translation>記録 {0} を待っています</translation>
    </message>
    <message>
        <source>Cannot show {0}: {1}</source>
        <translation>{0} を表示できません：{1}</translation>
    </message>
    <message>
        <source>Layout not kept: {0}</source>
        <translation>配置を保存できません：{0}</translation>
    </message>
</context>
<context>
    <name>EventLines</name>
    <message>
        <source>{0}: acknowledged by {1}</source>
        <translation>{0}: {1} が確認</translation>
    </message>
    <message>
        <source>Note by {0}: {1}</source>
        <translation>{0} のメモ: {1}</translation>
    </message>
    <message>
        <source>Phase: {0} → {1}</source>
        <translation>フェーズ: {0} → {1}</translation>
    </message>
    <message>
        <source>Recording began</source>
        <translation>記録開始</translation>
    </message>
    <message>
        <source>Recording goes on; the run before was cut off and last wrote at {0}</source>
        <translation>記録再開（前回は途中で切断、最後の書込み {0}）</translation>
    </message>
    <message>
        <source>Recording goes on</source>
        <translation>記録再開</translation>
    </message>
    <message>
        <source>Recording ended</source>
        <translation>記録終了</translation>
    </message>
    <message>
        <source>first data</source>
        <translation>初データ受信</translation>
    </message>
    <message>
        <source>no data for {0} s</source>
        <translation>{0} 秒間データなし</translation>
    </message>
    <message>
        <source>data again after {0} s</source>
        <translation>{0} 秒ぶりにデータ受信</translation>
    </message>
    <message>
        <source>VC {0}: 1 frame missing</source>
        <translation>VC {0}: 1 フレーム欠落</translation>
    </message>
    <message>
        <source>VC {0}: {1} frames missing</source>
        <translation>VC {0}: {1} フレーム欠落</translation>
    </message>
    <message>
        <source>frames with a wrong error control field: {0}</source>
        <translation>誤り制御符号 (FECF) 不一致のフレーム: {0}</translation>
    </message>
    <message>
        <source>frames with more errors than Reed–Solomon can correct: {0}</source>
        <translation>リード・ソロモンで訂正できないフレーム: {0}</translation>
    </message>
    <message>
        <source>frames with a header that cannot be corrected: {0}</source>
        <translation>ヘッダを訂正できないフレーム: {0}</translation>
    </message>
    <message>
        <source>datagrams that are not one frame: {0}</source>
        <translation>1 フレームでないデータグラム: {0}</translation>
    </message>
    <message>
        <source>frames of another version: {0}</source>
        <translation>版の異なるフレーム: {0}</translation>
    </message>
    <message>
        <source>frames of an unknown vehicle: {0}</source>
        <translation>未知の機体のフレーム: {0}</translation>
    </message>
    <message>
        <source>packets missing: {0}</source>
        <translation>欠落パケット: {0}</translation>
    </message>
    <message>
        <source>VC {0}: frame counter restarted</source>
        <translation>VC {0}: フレームカウンタが初期化された</translation>
    </message>
    <message>
        <source>the machine&apos;s clock was set by {0} s</source>
        <translation>計算機の時計が {0} 秒修正された</translation>
    </message>
    <message>
        <source>read to its end</source>
        <translation>最後まで読み終えた</translation>
    </message>
    <message>
        <source>usable again</source>
        <translation>再び使用可能</translation>
    </message>
    <message>
        <source>the archive takes data again; what came meanwhile is in it</source>
        <translation>アーカイブへの書き込み再開。その間の受信分も保存済み</translation>
    </message>
    <message>
        <source>connection lost</source>
        <translation>接続断</translation>
    </message>
    <message>
        <source>the link failed</source>
        <translation>リンク故障</translation>
    </message>
    <message>
        <source>the link cannot be used</source>
        <translation>リンク使用不可</translation>
    </message>
    <message>
        <source>the disk is full; receiving goes on into memory</source>
        <translation>ディスク満杯。受信はメモリ上で継続</translation>
    </message>
    <message>
        <source>the archive takes no data; receiving goes on into memory</source>
        <translation>アーカイブに書き込めない。受信はメモリ上で継続</translation>
    </message>
    <message>
        <source>first frame of a station</source>
        <translation>局の最初のフレーム</translation>
    </message>
    <message>
        <source>a frame without telemetry; it is kept</source>
        <translation>テレメトリではないフレーム（保存済み）</translation>
    </message>
    <message>
        <source>octets in no frame or packet; they are kept</source>
        <translation>どのフレーム・パケットにも属さないオクテット (保存済み)</translation>
    </message>
    <message>
        <source>packets of a wrong length</source>
        <translation>長さの合わないパケット</translation>
    </message>
    <message>
        <source>packets with a wrong CRC</source>
        <translation>CRC 不一致のパケット</translation>
    </message>
    <message>
        <source>packets without their end</source>
        <translation>末尾の欠けたパケット</translation>
    </message>
    <message>
        <source>packets that do not fit their definition</source>
        <translation>定義に合わないパケット</translation>
    </message>
    <message>
        <source>packets without a definition; they are kept</source>
        <translation>定義のないパケット (保存済み)</translation>
    </message>
    <message>
        <source>a segment of a packet is missing; the others are kept</source>
        <translation>パケットの一部が欠けている。ほかは保存した</translation>
    </message>
    <message>
        <source>the archive was moved or deleted; recording goes on in a copy</source>
        <translation>アーカイブが移動または削除された。複製に記録を続ける</translation>
    </message>
    <message>
        <source>{0}: back to normal, {1}</source>
        <translation>{0}: 正常復帰 {1}</translation>
    </message>
    <message>
        <source>AOS {0}, up to {1}°</source>
        <translation>AOS {0}、最大 {1}°</translation>
    </message>
    <message>
        <source>LOS {0}</source>
        <translation>LOS {0}</translation>
    </message>
    <message>
        <source>Eclipse entry {0}</source>
        <translation>日陰入り {0}</translation>
    </message>
    <message>
        <source>Eclipse exit {0}</source>
        <translation>日陰出 {0}</translation>
    </message>
</context>
<context>
    <name>EventsPanel</name>
    <message>
        <source>Filter events …</source>
        <translation>事象を絞り込む …</translation>
    </message>
    <message>
        <source>Filter events</source>
        <translation>事象を絞り込む</translation>
    </message>
    <message>
        <source>Event log</source>
        <translation>事象記録</translation>
    </message>
    <message>
        <source>Copy</source>
        <translation>コピー</translation>
    </message>
    <message>
        <source>offset {0} in the stream</source>
        <translation>ストリーム内オフセット {0}</translation>
    </message>
    <message>
        <source>{0} octets: {1}</source>
        <translation>{0} オクテット: {1}</translation>
    </message>
    <message>
        <source>alarm</source>
        <translation>警報</translation>
    </message>
    <message>
        <source>acknowledgement</source>
        <translation>確認</translation>
    </message>
    <message>
        <source>note</source>
        <translation>メモ</translation>
    </message>
    <message>
        <source>predicted</source>
        <translation>予測</translation>
    </message>
    <message>
        <source>No event fits the filter</source>
        <translation>条件に合う事象なし</translation>
    </message>
    <message>
        <source>No events</source>
        <translation>事象なし</translation>
    </message>
</context>
<context>
    <name>LayoutSwitch</name>
    <message>
        <source>Layouts</source>
        <translation>配置</translation>
    </message>
</context>
<context>
    <name>Layouts</name>
    <message>
        <source>Pass</source>
        <translation>パス</translation>
    </message>
    <message>
        <source>Entry &amp; Recovery</source>
        <translation>再突入・回収</translation>
    </message>
    <message>
        <source>Analysis</source>
        <translation>解析</translation>
    </message>
    <message>
        <source>Training</source>
        <translation>訓練</translation>
    </message>
    <message>
        <source>Altitude</source>
        <translation>高度</translation>
    </message>
    <message>
        <source>Altitude and velocity (ECEF)</source>
        <translation>高度と速度（ECEF成分）</translation>
    </message>
    <message>
        <source>Deceleration</source>
        <translation>減速度</translation>
    </message>
</context>
<context>
    <name>Legend</name>
    <message>
        <source>drag a parameter here</source>
        <translation>ここへパラメータをドラッグ</translation>
    </message>
    <message>
        <source>min/max shown</source>
        <translation>最小・最大を表示</translation>
    </message>
</context>
<context>
    <name>LinksPanel</name>
    <message>
        <source>Links</source>
        <translation>リンク</translation>
    </message>
    <message>
        <source>State</source>
        <translation>状態</translation>
    </message>
    <message>
        <source>nothing received yet</source>
        <translation>まだ受信なし</translation>
    </message>
    <message>
        <source>Frames corrected</source>
        <translation>訂正フレーム</translation>
    </message>
    <message>
        <source>Received</source>
        <translation>受信量</translation>
    </message>
    <message>
        <source>Frames good</source>
        <translation>良フレーム</translation>
    </message>
    <message>
        <source>Frames bad</source>
        <translation>不良フレーム</translation>
    </message>
    <message>
        <source>Frames missing</source>
        <translation>欠落フレーム</translation>
    </message>
    <message>
        <source>Packets</source>
        <translation>パケット</translation>
    </message>
    <message>
        <source>Packets missing</source>
        <translation>欠落パケット</translation>
    </message>
    <message>
        <source>Duplicates</source>
        <translation>重複</translation>
    </message>
    <message>
        <source>Dropped by this machine</source>
        <translation>この計算機で破棄</translation>
    </message>
    <message>
        <source>Last reception</source>
        <translation>最終受信</translation>
    </message>
    <message>
        <source>Since then</source>
        <translation>経過時間</translation>
    </message>
</context>
<context>
    <name>MapCanvas</name>
    <message>
        <source>Overview</source>
        <translation>全体図</translation>
    </message>
</context>
<context>
    <name>PanelHost</name>
    <message>
        <source>Try again</source>
        <translation>もう一度</translation>
    </message>
    <message>
        <source>This panel stopped: {0}. The others go on.</source>
        <translation>このパネルは停止しました：{0}。ほかのパネルは動いています。</translation>
    </message>
</context>
<context>
    <name>ParametersPanel</name>
    <message>
        <source>Name</source>
        <translation>名称</translation>
    </message>
    <message>
        <source>Value</source>
        <translation>値</translation>
    </message>
    <message>
        <source>Unit</source>
        <translation>単位</translation>
    </message>
    <message>
        <source>Limits</source>
        <translation>限界</translation>
    </message>
    <message>
        <source>2 min</source>
        <translation>2 分</translation>
    </message>
    <message>
        <source>Age</source>
        <translation>経過</translation>
    </message>
    <message>
        <source>Filter name, unit, packet …</source>
        <translation>名前・単位・パケットで絞り込み …</translation>
    </message>
    <message>
        <source>Filter parameters</source>
        <translation>パラメータを絞り込む</translation>
    </message>
    <message>
        <source>invalid: the raw value lies outside the calibration&apos;s points</source>
        <translation>無効: 生値が較正点の範囲外</translation>
    </message>
    <message>
        <source>invalid: what it is computed from gives no number, or is not known yet</source>
        <translation>無効: 計算のもとの値が数にならないか、まだ届いていません</translation>
    </message>
    <message>
        <source>Parameters</source>
        <translation>パラメータ</translation>
    </message>
    <message>
        <source>packet {0}{1}</source>
        <translation>パケット {0}{1}</translation>
    </message>
    <message>
        <source>bits {0}–{1}</source>
        <translation>ビット {0}–{1}</translation>
    </message>
    <message>
        <source>raw {0} (0x{1:X})</source>
        <translation>生値 {0} (0x{1:X})</translation>
    </message>
    <message>
        <source>computed {0}</source>
        <translation>計算式 {0}</translation>
    </message>
    <message>
        <source>raw {0}</source>
        <translation>生値 {0}</translation>
    </message>
    <message>
        <source>{0} elements: {1}</source>
        <translation>要素 {0}：{1}</translation>
    </message>
    <message>
        <source>invalid: the packet carries no number here</source>
        <translation>無効: パケットのこの欄は数値ではありません</translation>
    </message>
    <message>
        <source>⌁ the packet tells no valid time; shown at an assumed one</source>
        <translation>⌁ パケットに有効な時刻がないため、仮定した時刻で表示</translation>
    </message>
    <message>
        <source>⌁ the packet tells no valid time; shown at its reception</source>
        <translation>⌁ パケットに有効な時刻がないため、受信時刻で表示</translation>
    </message>
    <message>
        <source>its time is extrapolated: the clock correlation does not reach it</source>
        <translation>時刻は外挿値です：クロック相関の有効範囲外</translation>
    </message>
    <message>
        <source>generated {0} · received {1} · record {2}</source>
        <translation>生成 {0} · 受信 {1} · 記録 {2}</translation>
    </message>
    <message>
        <source>last change seen {0}</source>
        <translation>最後の変化 {0}</translation>
    </message>
    <message>
        <source>All {0}</source>
        <translation>すべて {0}</translation>
    </message>
    <message>
        <source>Abnormal {0}</source>
        <translation>異常 {0}</translation>
    </message>
    <message>
        <source>Stale {0}</source>
        <translation>古い {0}</translation>
    </message>
</context>
<context>
    <name>PassPlan</name>
    <message>
        <source>LOS {0}</source>
        <translation>LOS {0}</translation>
    </message>
    <message>
        <source>AOS {0}</source>
        <translation>AOS {0}</translation>
    </message>
</context>
<context>
    <name>PassesModel</name>
    <message>
        <source>Vehicle</source>
        <translation>機体</translation>
    </message>
    <message>
        <source>Station</source>
        <translation>局</translation>
    </message>
    <message>
        <source>AOS Z</source>
        <translation>AOS Z</translation>
    </message>
    <message>
        <source>LOS Z</source>
        <translation>LOS Z</translation>
    </message>
    <message>
        <source>Lasts</source>
        <translation>時間</translation>
    </message>
    <message>
        <source>Max</source>
        <translation>最大</translation>
    </message>
    <message>
        <source>AOS in</source>
        <translation>AOSまで</translation>
    </message>
    <message>
        <source>AOS {0} ({1}), azimuth {2}°</source>
        <translation>AOS {0}({1})方位 {2}°</translation>
    </message>
    <message>
        <source>highest {0} ({1}), {2}°</source>
        <translation>最大仰角 {0}({1}){2}°</translation>
    </message>
    <message>
        <source>LOS {0} ({1}), azimuth {2}°</source>
        <translation>LOS {0}({1})方位 {2}°</translation>
    </message>
    <message>
        <source>LOS {0}</source>
        <translation>LOS {0}</translation>
    </message>
</context>
<context>
    <name>PassesPanel</name>
    <message>
        <source>Next passes</source>
        <translation>次のパス</translation>
    </message>
    <message>
        <source>no contact until {0}</source>
        <translation>{0} まで不可視</translation>
    </message>
    <message>
        <source>in pass: {0}</source>
        <translation>可視中: {0}</translation>
    </message>
    <message>
        <source>No passes: the mission names no stations, or no orbit of a vehicle</source>
        <translation>パスなし: ミッションに局か軌道の定義がない</translation>
    </message>
    <message>
        <source>Predicting …</source>
        <translation>予測計算中 …</translation>
    </message>
    <message>
        <source>No pass in the next 24 hours</source>
        <translation>今後24時間にパスなし</translation>
    </message>
    <message>
        <source>{0} cannot be predicted: {1}</source>
        <translation>{0} は予測できない: {1}</translation>
    </message>
    <message>
        <source>TLE of {0}: {1} d old</source>
        <translation>{0} のTLE: {1} 日経過</translation>
    </message>
</context>
<context>
    <name>Places</name>
    <message>
        <source>Layout {0}</source>
        <translation>画面配置 {0}</translation>
    </message>
    <message>
        <source>Panel {0}</source>
        <translation>パネル {0}</translation>
    </message>
</context>
<context>
    <name>PlotCanvas</name>
    <message>
        <source>no contact</source>
        <translation>通信なし</translation>
    </message>
    <message>
        <source>now</source>
        <translation>現在</translation>
    </message>
    <message>
        <source>Δ {0}</source>
        <translation>Δ {0}</translation>
    </message>
    <message>
        <source>{0} no data</source>
        <translation>{0} データなし</translation>
    </message>
    <message>
        <source>raw {0}</source>
        <translation>生値 {0}</translation>
    </message>
    <message>
        <source>raw {0} · count {1}</source>
        <translation>生値 {0} · 順番 {1}</translation>
    </message>
</context>
<context>
    <name>PlotPanel</name>
    <message>
        <source>Plot</source>
        <translation>プロット</translation>
    </message>
    <message>
        <source>⌁ times assumed</source>
        <translation>⌁ 時刻は仮定</translation>
    </message>
    <message>
        <source>{0} cannot be plotted</source>
        <translation>{0} はプロットできません</translation>
    </message>
    <message>
        <source>two units at most: {0} needs a plot of its own</source>
        <translation>単位は二つまで: {0} は別のプロットに</translation>
    </message>
    <message>
        <source>HISTORY</source>
        <translation>履歴</translation>
    </message>
    <message>
        <source>PAUSED {0}</source>
        <translation>一時停止 {0}</translation>
    </message>
    <message>
        <source>LIVE</source>
        <translation>ライブ</translation>
    </message>
    <message>
        <source>generated {0}, not in this span
T plots by reception</source>
        <translation>生成 {0}、この範囲の外
T で受信時刻に切替</translation>
    </message>
    <message>
        <source>newest {0}</source>
        <translation>最新 {0}</translation>
    </message>
    <message>
        <source>1 minute</source>
        <translation>1分</translation>
    </message>
    <message>
        <source>5 minutes</source>
        <translation>5分</translation>
    </message>
    <message>
        <source>10 minutes</source>
        <translation>10分</translation>
    </message>
    <message>
        <source>1 hour</source>
        <translation>1時間</translation>
    </message>
    <message>
        <source>24 hours</source>
        <translation>24時間</translation>
    </message>
    <message>
        <source>Follow the playhead</source>
        <translation>再生位置に追従</translation>
    </message>
    <message>
        <source>Move with the other linked plots</source>
        <translation>連動する他のプロットと同じ範囲</translation>
    </message>
    <message>
        <source>Fit values</source>
        <translation>値に合わせる</translation>
    </message>
    <message>
        <source>Time axis: generation</source>
        <translation>時間軸: 生成</translation>
    </message>
    <message>
        <source>Time axis: reception</source>
        <translation>時間軸: 受信</translation>
    </message>
    <message>
        <source>Save as PNG, SVG or CSV …</source>
        <translation>PNG・SVG・CSVで保存 …</translation>
    </message>
    <message>
        <source>Remove {0}</source>
        <translation>{0} を外す</translation>
    </message>
    <message>
        <source>{0} cannot be written</source>
        <translation>{0} に書き込めません</translation>
    </message>
    <message>
        <source>Save plot</source>
        <translation>プロットを保存</translation>
    </message>
    <message>
        <source>not saved: {0}</source>
        <translation>保存できませんでした: {0}</translation>
    </message>
    <message>
        <source>saved {0}</source>
        <translation>保存しました: {0}</translation>
    </message>
</context>
<context>
    <name>RecoveryPanel</name>
    <message>
        <source>Map</source>
        <translation>地図</translation>
    </message>
    <message>
        <source>Centre {0} {1} · azimuthal equidistant</source>
        <translation>中心 {0} {1}・正距方位図法</translation>
    </message>
    <message>
        <source>shortest way to the point below</source>
        <translation>直下点までの最短経路</translation>
    </message>
    <message>
        <source>shortest way to the capsule</source>
        <translation>カプセルまでの最短経路</translation>
    </message>
    <message>
        <source>{0} kn</source>
        <translation>{0} kn</translation>
    </message>
    <message>
        <source>there in {0}, {1}</source>
        <translation>到着まで {0}（{1}）</translation>
    </message>
    <message>
        <source>last told {0} ago</source>
        <translation>最終報告は {0} 前</translation>
    </message>
    <message>
        <source>in orbit: the point below it</source>
        <translation>軌道上：ここは直下点</translation>
    </message>
    <message>
        <source>no GNSS fix</source>
        <translation>GNSS測位なし</translation>
    </message>
    <message>
        <source>implausible</source>
        <translation>あり得ない値</translation>
    </message>
    <message>
        <source>{0} ago</source>
        <translation>{0} 前</translation>
    </message>
    <message>
        <source>position of {0} not used: {1}</source>
        <translation>{0} の位置は不採用：{1}</translation>
    </message>
    <message>
        <source>point below the orbit, dot each 5 min</source>
        <translation>軌道の直下点、点は5分ごと</translation>
    </message>
    <message>
        <source>GNSS track, dot each minute</source>
        <translation>GNSS航跡、点は1分ごと</translation>
    </message>
    <message>
        <source>All</source>
        <translation>全体</translation>
    </message>
    <message>
        <source>Capsule</source>
        <translation>カプセル</translation>
    </message>
    <message>
        <source>Ships</source>
        <translation>船</translation>
    </message>
    <message>
        <source>Zoom in</source>
        <translation>拡大</translation>
    </message>
    <message>
        <source>Zoom out</source>
        <translation>縮小</translation>
    </message>
</context>
<context>
    <name>SkyPanel</name>
    <message>
        <source>Sky</source>
        <translation>天空図</translation>
    </message>
    <message>
        <source>Sky · {0}</source>
        <translation>天空図・{0}</translation>
    </message>
    <message>
        <source>IN PASS</source>
        <translation>可視中</translation>
    </message>
    <message>
        <source>AOS {0}</source>
        <translation>AOS {0}</translation>
    </message>
    <message>
        <source>Vehicle</source>
        <translation>機体</translation>
    </message>
    <message>
        <source>LOS in</source>
        <translation>LOSまで</translation>
    </message>
    <message>
        <source>AOS in</source>
        <translation>AOSまで</translation>
    </message>
    <message>
        <source>Azimuth</source>
        <translation>方位</translation>
    </message>
    <message>
        <source>Elevation</source>
        <translation>仰角</translation>
    </message>
    <message>
        <source>Highest</source>
        <translation>最大仰角</translation>
    </message>
    <message>
        <source>Range</source>
        <translation>距離</translation>
    </message>
    <message>
        <source>Range rate</source>
        <translation>距離変化率</translation>
    </message>
    <message>
        <source>Azimuth at AOS</source>
        <translation>AOS方位</translation>
    </message>
    <message>
        <source>Doppler</source>
        <translation>ドップラー</translation>
    </message>
    <message>
        <source>Carrier</source>
        <translation>搬送波</translation>
    </message>
    <message>
        <source>Sunlit</source>
        <translation>日照</translation>
    </message>
    <message>
        <source>Eclipse</source>
        <translation>日陰</translation>
    </message>
    <message>
        <source>until {0}</source>
        <translation>{0} まで</translation>
    </message>
    <message>
        <source>chosen · click: back</source>
        <translation>選択中・クリックで戻る</translation>
    </message>
    <message>
        <source>N</source>
        <translation>北</translation>
    </message>
    <message>
        <source>E</source>
        <translation>東</translation>
    </message>
    <message>
        <source>S</source>
        <translation>南</translation>
    </message>
    <message>
        <source>W</source>
        <translation>西</translation>
    </message>
    <message>
        <source>No passes: the mission names no stations, or no orbit of a vehicle</source>
        <translation>パスなし: ミッションに局か軌道の定義がない</translation>
    </message>
    <message>
        <source>Predicting …</source>
        <translation>予測計算中 …</translation>
    </message>
    <message>
        <source>No pass in the next 24 hours</source>
        <translation>今後24時間にパスなし</translation>
    </message>
    <message>
        <source>AOS</source>
        <translation>AOS</translation>
    </message>
    <message>
        <source>LOS</source>
        <translation>LOS</translation>
    </message>
    <message>
        <source>LOS {0}</source>
        <translation>LOS {0}</translation>
    </message>
</context>
<context>
    <name>StatusLine</name>
    <message>
        <source>Nobody records into this archive</source>
        <translation>この記録には誰も書き込んでいません</translation>
    </message>
    <message>
        <source>made from a file: reception times are assumed</source>
        <translation>ファイルから作成：受信時刻は仮定</translation>
    </message>
    <message>
        <source>Recorder: running, nothing received for {0}</source>
        <translation>記録：動作中、{0} 受信なし</translation>
    </message>
    <message>
        <source>Recorder: writing, {0} ms behind</source>
        <translation>記録：書き込み中、遅れ {0} ms</translation>
    </message>
    <message>
        <source>{0} packets/s</source>
        <translation>{0} パケット/s</translation>
    </message>
    <message>
        <source>archive {0}</source>
        <translation>記録 {0}</translation>
    </message>
    <message>
        <source>disk free {0}</source>
        <translation>ディスク空き {0}</translation>
    </message>
</context>
<context>
    <name>TimeStripPanel</name>
    <message>
        <source>Time strip</source>
        <translation>時間帯</translation>
    </message>
    <message>
        <source>Data</source>
        <translation>データ</translation>
    </message>
    <message>
        <source>Passes</source>
        <translation>パス</translation>
    </message>
    <message>
        <source>Phase</source>
        <translation>フェーズ</translation>
    </message>
    <message>
        <source>Phase · eclipse</source>
        <translation>フェーズ・日陰</translation>
    </message>
    <message>
        <source>Alarms · notes</source>
        <translation>警報・メモ</translation>
    </message>
    <message>
        <source>To the beginning of the archive</source>
        <translation>記録の先頭へ</translation>
    </message>
    <message>
        <source>Replay backwards</source>
        <translation>逆再生</translation>
    </message>
    <message>
        <source>Pause (Space)</source>
        <translation>一時停止 (Space)</translation>
    </message>
    <message>
        <source>Replay forwards</source>
        <translation>再生</translation>
    </message>
    <message>
        <source>To the end, or live (L)</source>
        <translation>末尾へ、またはライブへ (L)</translation>
    </message>
    <message>
        <source>Speed of replay</source>
        <translation>再生の速さ</translation>
    </message>
    <message>
        <source>One packet back</source>
        <translation>1パケット戻る</translation>
    </message>
    <message>
        <source>One packet on</source>
        <translation>1パケット進む</translation>
    </message>
    <message>
        <source>As known now</source>
        <translation>後着分も表示</translation>
    </message>
    <message>
        <source>Show too what arrived later than the shown instant (K)</source>
        <translation>表示時刻より後に届いた分も示す (K)</translation>
    </message>
    <message>
        <source>Fit</source>
        <translation>全体</translation>
    </message>
    <message>
        <source>Show the whole again after zooming</source>
        <translation>拡大をやめて全体を示す</translation>
    </message>
    <message>
        <source>Note at this instant …</source>
        <translation>この時刻にメモを書く …</translation>
    </message>
    <message>
        <source>Note at this instant</source>
        <translation>この時刻のメモ</translation>
    </message>
    <message>
        <source>Live</source>
        <translation>ライブ</translation>
    </message>
    <message>
        <source>note not written: {0}</source>
        <translation>メモを書き込めません: {0}</translation>
    </message>
</context>
<context>
    <name>TitleTools</name>
    <message>
        <source>Panel menu</source>
        <translation>パネルのメニュー</translation>
    </message>
    <message>
        <source>Close panel</source>
        <translation>パネルを閉じる</translation>
    </message>
    <message>
        <source>Own window</source>
        <translation>別の窓にする</translation>
    </message>
    <message>
        <source>Make anew</source>
        <translation>作り直す</translation>
    </message>
</context>
<context>
    <name>ValueDetails</name>
    <message>
        <source>calibration {0}</source>
        <translation>較正 {0}</translation>
    </message>
    <message>
        <source>calibrated so when {0}</source>
        <translation>この較正は {0} のとき</translation>
    </message>
    <message>
        <source>no alarm in this context</source>
        <translation>この状況では警報なし</translation>
    </message>
    <message>
        <source>limits when {0}</source>
        <translation>この限界は {0} のとき</translation>
    </message>
    <message>
        <source>fine: caution {0} · serious {1} · critical {2}</source>
        <translation>正常範囲: 注意 {0} · 重大 {1} · 緊急 {2}</translation>
    </message>
    <message>
        <source>watch {0}</source>
        <translation>監視 {0}</translation>
    </message>
    <message>
        <source>severe {0}</source>
        <translation>最重大 {0}</translation>
    </message>
    <message>
        <source>any other {0}</source>
        <translation>その他 {0}</translation>
    </message>
    <message>
        <source>states: {0}</source>
        <translation>状態: {0}</translation>
    </message>
    <message>
        <source>fine change per second: {0}</source>
        <translation>正常な変化 (1 秒あたり): {0}</translation>
    </message>
</context>
<context>
    <name>WhereIsPanel</name>
    <message>
        <source>Where is it?</source>
        <translation>カプセルの位置</translation>
    </message>
    <message>
        <source>Point below the orbit · no landing place</source>
        <translation>軌道の直下点・着水点ではない</translation>
    </message>
    <message>
        <source>Last position</source>
        <translation>最終位置</translation>
    </message>
    <message>
        <source>implausible</source>
        <translation>あり得ない値</translation>
    </message>
    <message>
        <source>position of {0} not used: {1}</source>
        <translation>{0} の位置は不採用：{1}</translation>
    </message>
    <message>
        <source>The mission names no parameters that tell a position</source>
        <translation>ミッションに位置を示すパラメータの定義がない</translation>
    </message>
    <message>
        <source>nothing received yet</source>
        <translation>まだ受信なし</translation>
    </message>
    <message>
        <source>no usable position yet</source>
        <translation>使える位置はまだない</translation>
    </message>
    <message>
        <source>Age</source>
        <translation>経過</translation>
    </message>
    <message>
        <source>Source</source>
        <translation>情報源</translation>
    </message>
    <message>
        <source>Height</source>
        <translation>高度</translation>
    </message>
    <message>
        <source>Speed</source>
        <translation>速度</translation>
    </message>
    <message>
        <source>Bearing from it</source>
        <translation>そこからの方位</translation>
    </message>
    <message>
        <source>Its course</source>
        <translation>針路</translation>
    </message>
    <message>
        <source>no asset known</source>
        <translation>位置のわかる船なし</translation>
    </message>
    <message>
        <source>true</source>
        <translation>真方位</translation>
    </message>
    <message>
        <source>place by its track</source>
        <translation>位置は航路による</translation>
    </message>
    <message>
        <source>waits</source>
        <translation>待機中</translation>
    </message>
    <message>
        <source>Its place is old</source>
        <translation>位置が古い</translation>
    </message>
    <message>
        <source>since its last report</source>
        <translation>最終報告から</translation>
    </message>
    <message>
        <source>no GNSS fix</source>
        <translation>GNSS測位なし</translation>
    </message>
    <message>
        <source>{0} satellites</source>
        <translation>衛星 {0} 機</translation>
    </message>
    <message>
        <source>above ellipsoid</source>
        <translation>楕円体から</translation>
    </message>
    <message>
        <source>course {0}°</source>
        <translation>針路 {0}°</translation>
    </message>
    <message>
        <source>Nearest asset</source>
        <translation>最寄りの回収手段</translation>
    </message>
    <message>
        <source>It arrives in</source>
        <translation>到着まで</translation>
    </message>
    <message>
        <source>speed not known</source>
        <translation>速度不明</translation>
    </message>
    <message>
        <source>not while it is in orbit</source>
        <translation>軌道上のため算出せず</translation>
    </message>
    <message>
        <source>{0} at {1} kn</source>
        <translation>{0}、{1} kn で</translation>
    </message>
    <message>
        <source>Position</source>
        <translation>位置</translation>
    </message>
</context>
<context>
    <name>Words</name>
    <message>
        <source>locked</source>
        <translation>ロック</translation>
    </message>
    <message>
        <source>waiting</source>
        <translation>待機</translation>
    </message>
    <message>
        <source>no contact</source>
        <translation>通信なし</translation>
    </message>
    <message>
        <source>failed</source>
        <translation>異常</translation>
    </message>
    <message>
        <source>ended</source>
        <translation>終了</translation>
    </message>
    <message>
        <source>closed</source>
        <translation>閉</translation>
    </message>
    <message>
        <source>normal</source>
        <translation>正常</translation>
    </message>
    <message>
        <source>caution</source>
        <translation>注意</translation>
    </message>
    <message>
        <source>serious</source>
        <translation>重大</translation>
    </message>
    <message>
        <source>critical</source>
        <translation>危機</translation>
    </message>
</context>
<context>
    <name>_EventDelegate</name>
    <message>
        <source>offset {0}</source>
        <translation>オフセット {0}</translation>
    </message>
</context>
<context>
    <name>_Head</name>
    <message>
        <source>State</source>
        <translation>状態</translation>
    </message>
    <message>
        <source>Alarm</source>
        <translation>アラーム</translation>
    </message>
    <message>
        <source>Now</source>
        <translation>現在値</translation>
    </message>
    <message>
        <source>Limit</source>
        <translation>限界</translation>
    </message>
    <message>
        <source>First</source>
        <translation>発生</translation>
    </message>
</context>
<context>
    <name>ads::CDockAreaTitleBar</name>
    <message>
        <source>Detach Group</source>
        <translation>グループを切り離す</translation>
    </message>
    <message>
        <source>Close Group</source>
        <translation>グループを閉じる</translation>
    </message>
    <message>
        <source>Close Other Groups</source>
        <translation>ほかのグループを閉じる</translation>
    </message>
</context>
<context>
    <name>ads::CDockWidgetTab</name>
    <message>
        <source>Detach</source>
        <translation>切り離す</translation>
    </message>
    <message>
        <source>Close</source>
        <translation>閉じる</translation>
    </message>
    <message>
        <source>Close Others</source>
        <translation>ほかを閉じる</translation>
    </message>
</context>
</TS>
