"""The migration guide's REST API: Flask over its SQLite database, with its queries. usage: guide_api.py DB PORT"""
import sqlite3
import sys

from flask import Flask, jsonify, request

app = Flask(__name__)


def rows(sql, *bound):
    with sqlite3.connect(sys.argv[1]) as database:
        database.row_factory = sqlite3.Row
        return [dict(row) for row in database.execute(sql, bound)]


@app.route("/api/systems/visible")
def visible():
    cx, cy, cz = (float(request.args.get(name, 0)) for name in ("cx", "cy", "cz"))
    radius = float(request.args.get("radius", 50))
    limit = int(request.args.get("limit", 1000))
    box = [edge for at in (cx, cy, cz) for edge in (at - radius, at + radius)]
    systems = []
    for system in rows(
        "SELECT * FROM systems WHERE x BETWEEN ? AND ? AND y BETWEEN ? AND ? AND z BETWEEN ? AND ? LIMIT ?",
        *box,
        limit,
    ):
        dx, dy, dz = system["x"] - cx, system["y"] - cy, system["z"] - cz
        distance = (dx * dx + dy * dy + dz * dz) ** 0.5
        if distance <= radius:
            systems.append({**system, "distance": distance})
    return jsonify(sorted(systems, key=lambda system: system["distance"]))


@app.route("/api/systems/search")
def search():
    pattern = f"%{request.args.get('q', '')}%"
    sql = "SELECT * FROM systems WHERE name LIKE ? OR materials LIKE ? OR attributes LIKE ? LIMIT ?"
    return jsonify(rows(sql, pattern, pattern, pattern, int(request.args.get("limit", 50))))


@app.route("/api/systems/<name>")
def system(name):
    for found in rows("SELECT * FROM systems WHERE name = ?", name):
        for station in rows("SELECT * FROM space_stations WHERE system_id = ?", found["id"]):
            found["space_station"] = station
        found["planets"] = rows("SELECT * FROM planets WHERE system_id = ?", found["id"])
        for planet in found["planets"]:
            planet["moons"] = rows("SELECT * FROM moons WHERE planet_id = ?", planet["id"])
        return jsonify(found)
    return jsonify({"error": "System not found"}), 404


app.run(port=int(sys.argv[2]))
