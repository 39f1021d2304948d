"""The migration guide's Python side: its migration, its queries, and the way before it, which loads all of data.json.

usage: guide.py migrate DATA.json OUT.db | ask DB QUESTIONS.json | first DB QUESTIONS.json | load DATA.json QUESTIONS.json
Questions and results are JSON. Statements are those of the guide; only the limit of the sphere is lifted, which loses rows.
"""
import json
import sqlite3
import statistics
import sys
import time

SYSTEM = "id name x y z region fauna flora sentinel materials base_location photo attributes".split()
BODY = "name sentinel fauna flora properties materials base_location photo notes".split()
MOON = BODY + ["orbit_radius", "orbit_speed"]
STATION = "name x y z".split()

SCHEMA = """
CREATE TABLE systems (id TEXT PRIMARY KEY, name TEXT NOT NULL UNIQUE, x REAL NOT NULL, y REAL NOT NULL, z REAL NOT NULL,
  region TEXT NOT NULL, fauna TEXT, flora TEXT, sentinel TEXT, materials TEXT, base_location TEXT, photo TEXT, attributes TEXT,
  created_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP, modified_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP);
CREATE TABLE planets (id INTEGER PRIMARY KEY AUTOINCREMENT, system_id TEXT NOT NULL, name TEXT NOT NULL, sentinel TEXT, fauna TEXT,
  flora TEXT, properties TEXT, materials TEXT, base_location TEXT, photo TEXT, notes TEXT,
  FOREIGN KEY (system_id) REFERENCES systems(id) ON DELETE CASCADE);
CREATE TABLE moons (id INTEGER PRIMARY KEY AUTOINCREMENT, planet_id INTEGER NOT NULL, name TEXT NOT NULL, sentinel TEXT, fauna TEXT,
  flora TEXT, properties TEXT, materials TEXT, base_location TEXT, photo TEXT, notes TEXT, orbit_radius REAL DEFAULT 0.5,
  orbit_speed REAL DEFAULT 0.05, FOREIGN KEY (planet_id) REFERENCES planets(id) ON DELETE CASCADE);
CREATE TABLE space_stations (id INTEGER PRIMARY KEY AUTOINCREMENT, system_id TEXT NOT NULL, name TEXT NOT NULL, x REAL NOT NULL,
  y REAL NOT NULL, z REAL NOT NULL, FOREIGN KEY (system_id) REFERENCES systems(id) ON DELETE CASCADE);
"""
INDEXES = """
CREATE INDEX idx_systems_region ON systems(region);
CREATE INDEX idx_systems_coords ON systems(x, y, z);
CREATE INDEX idx_planets_system ON planets(system_id);
CREATE INDEX idx_moons_planet ON moons(planet_id);
CREATE INDEX idx_space_stations_system ON space_stations(system_id);
"""


def load(path):
    with open(path, encoding="utf-8") as file:
        data = json.load(file)
    return {key: value for key, value in data.items() if key != "_meta" and isinstance(value, dict)}


def insert(cursor, table, columns, values):
    marks = ", ".join("?" * len(columns))
    cursor.execute(f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({marks})", values)
    return cursor.lastrowid


def migrate(data, database):
    systems = load(data)
    with sqlite3.connect(database) as connection:
        connection.executescript(SCHEMA)
        cursor = connection.cursor()
        for system in systems.values():
            insert(cursor, "systems", SYSTEM, [system.get(name) for name in SYSTEM])
            station = system.get("space_station")
            if station:
                insert(cursor, "space_stations", ["system_id", *STATION], [system["id"], *map(station.get, STATION)])
            for planet in system.get("planets", []):
                number = insert(cursor, "planets", ["system_id", *BODY], [system["id"], *map(planet.get, BODY)])
                for moon in planet.get("moons", []):
                    insert(cursor, "moons", ["planet_id", *MOON], [number, *map(moon.get, MOON)])
        connection.commit()
        connection.executescript(INDEXES)


def within(system, center, radius):
    return sum((system[axis] - at) ** 2 for axis, at in zip("xyz", center)) ** 0.5 <= radius


def sphere(connection, center, radius):
    box = [edge for at in center for edge in (at - radius, at + radius)]
    sql = "SELECT * FROM systems WHERE x BETWEEN ? AND ? AND y BETWEEN ? AND ? AND z BETWEEN ? AND ?"
    return sum(within(row, center, radius) for row in map(dict, connection.execute(sql, box)))


def by_name(connection, name):
    for system in map(dict, connection.execute("SELECT * FROM systems WHERE name = ?", [name])):
        system["space_station"] = list(connection.execute("SELECT * FROM space_stations WHERE system_id = ?", [system["id"]]))
        system["planets"] = list(map(dict, connection.execute("SELECT * FROM planets WHERE system_id = ?", [system["id"]])))
        for planet in system["planets"]:
            planet["moons"] = list(map(dict, connection.execute("SELECT * FROM moons WHERE planet_id = ?", [planet["id"]])))
        return True
    return False


def timed(work, *given):
    start = time.perf_counter()
    found = work(*given)
    return time.perf_counter() - start, found


def opened(database):
    connection = sqlite3.connect(database)
    connection.row_factory = sqlite3.Row
    return connection


def times_of(connection, questions):
    times = {}
    for question in questions:
        for results, radius in question["radii"]:
            seconds, found = timed(sphere, connection, question["center"], radius)
            assert found == results, (found, results)
            times.setdefault(f"sphere {results}", []).append(seconds)
        seconds, found = timed(by_name, connection, question["name"])
        assert found
        times.setdefault("name", []).append(seconds)
    return {kind: statistics.median(all) for kind, all in times.items()}


def ask(database, questions):
    """Asks twice, as the other stores are asked; the times are those of the second turn."""
    connection = opened(database)
    times_of(connection, questions)
    return times_of(connection, questions)


def first_sphere(questions):
    question = questions[0]
    return question["center"], question["radii"][0][1]


def answer_first(database, questions):
    return sphere(opened(database), *first_sphere(questions))


def answer_all(path, questions):
    """The way before the guide: one query reads the whole file."""
    center, radius = first_sphere(questions)
    return sum(within(system, center, radius) for system in load(path).values())


COMMANDS = {"ask": ask, "first": answer_first, "load": answer_all}


def main(command, source, last):
    if command == "migrate":
        migrate(source, last)
        return
    with open(last, encoding="utf-8") as file:
        questions = json.load(file)
    print(json.dumps(COMMANDS[command](source, questions)))


main(*sys.argv[1:])
