"""What this node's programs tell Prometheus: files that node_exporter reads, each whole or not at all.

They are in memory (/run), so that no disk that hangs holds up who writes them. Nothing here fails for want of them."""
import os

FOLDER = "/run/kafka-node/metrics"


def text_of(samples):
    """The lines of [(name, {label: value}, number)]; what is called `…_total` is a counter."""
    lines, kinds = [], set()
    for name, labels, number in samples:
        if name not in kinds:
            kinds.add(name)
            lines.append("# TYPE %s %s\n" % (name, "counter" if name.endswith("_total") else "gauge"))
        pairs = ",".join('%s="%s"' % pair for pair in sorted(labels.items()))
        lines.append("%s%s %s\n" % (name, "{%s}" % pairs if pairs else "", round(number, 6)))
    return "".join(lines)


def publish(program, samples, folder=FOLDER):
    """"", or why it could not be written. The values of labels are taken as they are, without quotes or backslashes."""
    file = "%s/%s.prom" % (folder, program)
    draft = file + ".new"
    try:
        # Others may write into the folder: what one of them has put there is neither followed nor written to.
        if os.path.lexists(draft):
            os.unlink(draft)
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o644)
        try:
            os.write(descriptor, text_of(samples).encode())
        finally:
            os.close(descriptor)
        os.rename(draft, file)
        return ""
    except OSError as error:
        return str(error)


def published(program, folder=FOLDER):
    """What the program has told last: {name with its labels: number}; nothing when that can't be read."""
    try:
        with open("%s/%s.prom" % (folder, program)) as file:
            samples = [line.rsplit(" ", 1) for line in file if not line.startswith("#")]
            return {name: float(number) for name, number in samples}
    except (OSError, ValueError):
        return {}
