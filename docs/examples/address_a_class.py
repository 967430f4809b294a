from overpaint import OverpaintError, labels

wanted = labels.index("bicycle-built-for-two")  # never 444: a number says nothing of what it means
print("class", wanted)

classes = labels.class_list("ilsvrc")
identifier, name = classes.at(wanted)
assert identifier == "n02835271", "the list is another one, or it is damaged"
print(identifier, name)

print(labels.index("n02835271", list="21k"), "in ImageNet-21k")
try:
    labels.index("maillot")
except OverpaintError as error:
    print(error)
