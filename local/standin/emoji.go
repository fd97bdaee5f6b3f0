package standin

// emoji gives the sign for the tags that people use most; "" where the tag stays a word. ntfy knows all 1,800 names.
func emoji(tag string) string {
	return map[string]string{
		"+1": "👍", "-1": "👎", "alarm_clock": "⏰", "arrow_down": "⬇️", "arrow_up": "⬆️", "battery": "🔋", "bell": "🔔",
		"boom": "💥", "bug": "🐛", "bulb": "💡", "calendar": "📆", "camera": "📷", "chart_with_upwards_trend": "📈",
		"checkered_flag": "🏁", "clock": "🕐", "cloud": "☁️", "computer": "💻", "construction": "🚧", "dog": "🐶", "door": "🚪",
		"email": "📧", "exclamation": "❗", "eyes": "👀", "facepalm": "🤦", "fire": "🔥", "floppy_disk": "💾", "gear": "⚙️",
		"globe_with_meridians": "🌐", "green_circle": "🟢", "hammer": "🔨", "heart": "❤️", "heavy_check_mark": "✔️",
		"hourglass": "⌛", "house": "🏠", "incoming_envelope": "📨", "information_source": "ℹ️", "key": "🔑", "label": "🏷️",
		"lock": "🔒", "loudspeaker": "📢", "mag": "🔍", "mailbox": "📫", "memo": "📝", "moneybag": "💰", "moon": "🌔",
		"muscle": "💪", "no_entry": "⛔", "no_entry_sign": "🚫", "ok": "🆗", "package": "📦", "partying_face": "🥳",
		"pushpin": "📌", "question": "❓", "rain": "🌧️", "recycle": "♻️", "red_circle": "🔴", "robot": "🤖", "rocket": "🚀",
		"rotating_light": "🚨", "satellite": "📡", "shield": "🛡️", "skull": "💀", "sleeping": "😴", "smile": "😄", "snowflake": "❄️",
		"sos": "🆘", "sparkles": "✨", "speech_balloon": "💬", "star": "⭐", "stop_sign": "🛑", "sunny": "☀️", "sun": "☀️",
		"tada": "🎉", "telephone": "☎️", "thermometer": "🌡️", "thinking": "🤔", "triangular_flag_on_post": "🚩", "turtle": "🐢",
		"umbrella": "☔", "unlock": "🔓", "warning": "⚠️", "white_check_mark": "✅", "wrench": "🔧", "x": "❌", "yellow_circle": "🟡",
		"zap": "⚡", "zzz": "💤",
	}[tag]
}
