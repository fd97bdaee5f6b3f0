package faults

// Rows are the whole matrix.
func Rows() []Row {
	rows := []Row{}
	for _, part := range [][]Row{ntfyRows(), queueRows(), peopleRows(), awsRows(), killRows(), chaosRows()} {
		rows = append(rows, part...)
	}
	return rows
}

// many is how many messages a row has, if nothing speaks for another number.
const many = 200
